import { digest } from '../../runtime/apply/digest.ts';
import { departures, overdue, type Departing, type Grace } from '../departing.ts';
import { leavingChanges } from './leaving.ts';
import type { Change } from './management.ts';
import { FORMER_ADMINISTRATOR } from './names.ts';
import { tagsOf, type Definitions, type ObservedTopology } from './observed-topology.ts';
import { isSame, put, USER_TAG, userChanges } from './users.ts';
import { EXCHANGE, queueNames, type Binding, type Queue, type Topology } from './topology.ts';

/** What is to be true in one vhost. */
export interface WantedBroker {
  vhost: string;
  topology: Topology;
  /** Password of each user of the topology. */
  passwords: ReadonlyMap<string, string>;
  /** Nodes of the cluster: members of each quorum queue. */
  nodes: number;
  /** Nodes leave for good. */
  isShrinking?: boolean;
  /** The operator's own user, which has every right in the vhost. */
  administrator: string;
  /** Services whose pods of a former revision may still run: what those may do is not taken away yet. */
  rolling?: ReadonlySet<string>;
  /** For users, queues and bindings of services that are not in the topology. */
  grace: Grace;
}

export interface Changes {
  list: Change[];
  /** Groups of queues that nobody wants and that seem to be empty, in the order in which a message would move through them. */
  abandoned: string[][];
  /** Queues that nobody wants any more and that still hold messages, with their number. */
  retained: { queue: string; messages: number }[];
  /** Queues whose arguments are not the wanted ones; they cannot be changed in place. */
  conflicting: string[];
  /** Users of the topology whose names somebody else's users have: those are left alone. */
  taken: string[];
  /** Services that have a user or queues here, and that nobody wants any more. */
  departing: Departing[];
}

/** Accounts that nobody is to have. */
const STALE = new Set(['guest', FORMER_ADMINISTRATOR]);

/** What differs between the broker and what is wanted. Pure: nothing differs, nothing is written. */
export function changesOf(
  observed: Pick<ObservedTopology, 'definitions' | 'depths'>,
  wanted: WantedBroker,
): Changes {
  const { queues, conflicting } = queueChanges(observed, wanted);
  const departing = departingOf(observed.definitions, wanted);
  const taken = takenUsers(observed.definitions, wanted);
  const due = overdue(departing, wanted.grace);
  // A service that lives on and consumes no more gets no event from now on.
  const inGrace = new Set(
    departing.filter(({ service, scope }) => !scope && !due.has(service)).map(({ service }) => service),
  );
  const surplus = surplusQueues(observed, wanted, due);
  return {
    list: [
      ...vhostChanges(observed.definitions, wanted),
      ...staleAccounts(observed.definitions),
      ...leavingChanges(observed.definitions, wanted.isShrinking === true),
      ...exchangeChanges(observed.definitions, wanted),
      ...queues,
      ...bindingChanges(observed.definitions, wanted, inGrace),
      ...wanted.topology.users
        .filter(({ name }) => !taken.includes(name))
        .flatMap((user) => userChanges(observed.definitions, wanted, user)),
      ...surplusUsers(observed.definitions, wanted, due),
    ],
    abandoned: surplus.abandoned,
    retained: surplus.retained,
    conflicting,
    taken,
    departing,
  };
}

/** A password of ours would lock its owner out, and ours are told by their tag. */
function takenUsers({ users }: Definitions, { topology }: WantedBroker): string[] {
  const isForeign = (user: Definitions['users'][number]): boolean =>
    !STALE.has(user.name) && !tagsOf(user).includes(USER_TAG);
  const foreign = new Set(users.filter(isForeign).map(({ name }) => name));
  return topology.users.map(({ name }) => name).filter((name) => foreign.has(name));
}

/**
 * The default user of every installation, whose password everybody knows, and the operator's own of before. A service's own user of such a
 * name has our tag.
 */
function staleAccounts({ users }: Definitions): Change[] {
  return users
    .filter((user) => STALE.has(user.name) && !tagsOf(user).includes(USER_TAG))
    .map(({ name }) => ({ method: 'DELETE', path: ['users', name] }));
}

function vhostChanges(
  { vhosts, permissions }: Definitions,
  { vhost, administrator }: WantedBroker,
): Change[] {
  const all = { configure: '.*', write: '.*', read: '.*' };
  const exists = vhosts.some(({ name }) => name === vhost);
  const permitted = permissions.some(
    (entry) => entry.vhost === vhost && entry.user === administrator && isSame(entry, all),
  );
  return [
    ...(exists ? [] : [put(['vhosts', vhost], { default_queue_type: 'quorum' })]),
    ...(permitted ? [] : [put(['permissions', vhost, administrator], all)]),
  ];
}

function exchangeChanges({ exchanges }: Definitions, { vhost, topology }: WantedBroker): Change[] {
  const present = new Set(exchanges.filter((exchange) => exchange.vhost === vhost).map(({ name }) => name));
  return topology.exchanges
    .filter(({ name }) => !present.has(name))
    .map(({ name, type }) =>
      put(['exchanges', vhost, name], { type, durable: true, auto_delete: false, arguments: {} }),
    );
}

function queueChanges(
  { definitions }: Pick<ObservedTopology, 'definitions'>,
  { vhost, topology }: WantedBroker,
): { queues: Change[]; conflicting: string[] } {
  const present = new Map(
    definitions.queues.filter((queue) => queue.vhost === vhost).map((queue) => [queue.name, queue]),
  );
  const isMissing = (queue: Queue): boolean => !present.has(queue.name);
  const differs = (queue: Queue): boolean => {
    const found = present.get(queue.name);
    return found !== undefined && digest(found.arguments) !== digest(queue.arguments);
  };
  return {
    queues: topology.queues
      .filter(isMissing)
      .map(({ name, arguments: args }) =>
        put(['queues', vhost, name], { durable: true, auto_delete: false, arguments: args }),
      ),
    conflicting: topology.queues.filter(differs).map(({ name }) => name),
  };
}

/** Makes missing bindings of our exchanges and removes others; the queue of a departing service goes on taking events. */
function bindingChanges(
  { bindings }: Definitions,
  { vhost, topology }: WantedBroker,
  inGrace: ReadonlySet<string>,
): Change[] {
  const isKept = ({ queue }: Binding): boolean => inGrace.has(queue);
  const ours = new Set<string>(Object.values(EXCHANGE));
  const present = bindings
    .filter((entry) => entry.vhost === vhost && entry.destination_type === 'queue' && ours.has(entry.source))
    .map((entry) => ({ exchange: entry.source, queue: entry.destination, routingKey: entry.routing_key }));
  const isIn = (list: readonly Binding[], binding: Binding): boolean =>
    list.some((other) => digest(other) === digest(binding));
  const base = ({ exchange, queue }: Binding): string[] => ['bindings', vhost, 'e', exchange, 'q', queue];
  return [
    ...topology.bindings
      .filter((binding) => !isIn(present, binding))
      .map((binding): Change => ({
        method: 'POST',
        path: base(binding),
        body: { routing_key: binding.routingKey, arguments: {} },
      })),
    ...present
      .filter((binding) => !isIn(topology.bindings, binding) && isRouteOfEvents(binding) && !isKept(binding))
      // Without arguments the properties key is the routing key.
      .map((binding): Change => ({ method: 'DELETE', path: [...base(binding), binding.routingKey] })),
  ];
}

/** Retries and dead letters keep their way as long as their queues are there. */
function isRouteOfEvents({ exchange }: Binding): boolean {
  return exchange === EXCHANGE.events;
}

/** Services with a user or a queue of ours that the topology does not have. */
function departingOf(definitions: Definitions, wanted: WantedBroker): Departing[] {
  const left = [
    ...unwantedUsers(definitions, wanted),
    ...unwantedQueues(definitions, wanted).map(({ name }) => name),
  ];
  return departures(left, wanted.grace);
}

function unwantedUsers({ users }: Definitions, { topology }: WantedBroker): string[] {
  const names = new Set(topology.users.map(({ name }) => name));
  return users
    .filter((user) => tagsOf(user).includes(USER_TAG) && !names.has(user.name))
    .map(({ name }) => name);
}

/** Queues of services that consume no more, each the own one of its service. */
function unwantedQueues({ queues }: Definitions, { vhost, topology }: WantedBroker): Definitions['queues'] {
  const wanted = new Set(topology.queues.map(({ name }) => name));
  return queues.filter(
    (queue) =>
      queue.vhost === vhost &&
      queue.arguments['x-dead-letter-exchange'] === EXCHANGE.dead &&
      !wanted.has(queue.name),
  );
}

function surplusUsers(definitions: Definitions, wanted: WantedBroker, due: ReadonlySet<string>): Change[] {
  return unwantedUsers(definitions, wanted)
    .filter((name) => due.has(name))
    .map((name) => ({ method: 'DELETE', path: ['users', name] }));
}

/** Queues whose grace is over. A service's go together, when all are empty and their event bindings were gone before. */
function surplusQueues(
  { definitions, depths }: Pick<ObservedTopology, 'definitions' | 'depths'>,
  wanted: WantedBroker,
  due: ReadonlySet<string>,
): Pick<Changes, 'abandoned' | 'retained'> {
  const { vhost } = wanted;
  const names = new Set(definitions.queues.filter((queue) => queue.vhost === vhost).map(({ name }) => name));
  const surplus = unwantedQueues(definitions, wanted).filter(({ name }) => due.has(name));
  const found: Pick<Changes, 'abandoned' | 'retained'> = { abandoned: [], retained: [] };
  for (const { name } of surplus) {
    const { own, dead, retries } = queueNames(name);
    const group = [...retries, own, dead].filter((queue) => names.has(queue));
    // A queue that was not counted may hold anything.
    const full = group.filter((queue) => depths.get(queue) !== 0);
    found.retained.push(...full.map((queue) => ({ queue, messages: depths.get(queue) ?? 0 })));
    if (full.length === 0 && !isBoundToEvents(definitions, vhost, own)) found.abandoned.push(group);
  }
  return found;
}

function isBoundToEvents({ bindings }: Definitions, vhost: string, queue: string): boolean {
  return bindings.some(
    (entry) => entry.vhost === vhost && entry.source === EXCHANGE.events && entry.destination === queue,
  );
}
