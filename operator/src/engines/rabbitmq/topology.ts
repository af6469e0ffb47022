import { retryDelaysMs } from './retry-delays.ts';

/** What a service has to do with events; all that the topology is derived from. */
export interface EventEdges {
  service: string;
  publishes: readonly string[];
  consumes: readonly string[];
}

export type Arguments = Readonly<Record<string, string | number>>;

export interface Exchange {
  name: string;
  type: 'topic';
}

export interface Queue {
  name: string;
  arguments: Arguments;
}

export interface Binding {
  exchange: string;
  queue: string;
  routingKey: string;
}

/** Regular expressions, as RabbitMQ takes them; `^$` allows nothing. */
export interface Permission {
  configure: string;
  write: string;
  read: string;
}

export interface TopicPermission {
  exchange: string;
  write: string;
  read: string;
}

export interface BrokerUser {
  name: string;
  permission: Permission;
  topicPermissions: readonly TopicPermission[];
}

export interface Topology {
  exchanges: Exchange[];
  queues: Queue[];
  bindings: Binding[];
  users: BrokerUser[];
}

export const EXCHANGE = {
  events: 'careplane.events',
  retry: 'careplane.retry',
  dead: 'careplane.dead',
} as const;

/** Deliveries before a message is dead-lettered (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). */
const DELIVERY_LIMIT = 20;
const NOTHING = '^$';

/** Topology of a namespace's events (docs/concepts/contracts.md, Events). Pure; services in whatever order give the same. */
export function topologyOf(services: readonly EventEdges[]): Topology {
  const edges = [...services].sort((a, b) => (a.service < b.service ? -1 : 1));
  const consumers = edges.filter(({ consumes }) => consumes.length > 0);
  return {
    exchanges: Object.values(EXCHANGE).map((name) => ({ name, type: 'topic' })),
    queues: consumers.flatMap(({ service }) => queuesOf(service)),
    bindings: consumers.flatMap(bindingsOf),
    users: edges.filter(({ publishes, consumes }) => publishes.length + consumes.length > 0).map(userOf),
  };
}

/** Names of the queues that belong to a consuming service: its own, its dead letters and its retries. */
export function queueNames(service: string): { own: string; dead: string; retries: string[] } {
  const retries = Object.keys(retryDelaysMs).map((delay) => `${service}.retry.${delay}`);
  return { own: service, dead: `${service}.dead`, retries };
}

function queuesOf(service: string): Queue[] {
  const { own, dead } = queueNames(service);
  const safely = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
  const retries = Object.entries(retryDelaysMs).map(([delay, ttl]) =>
    quorum(`${service}.retry.${delay}`, {
      'x-message-ttl': ttl,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': own,
      ...safely,
    }),
  );
  return [
    quorum(own, {
      'x-dead-letter-exchange': EXCHANGE.dead,
      'x-dead-letter-routing-key': dead,
      ...safely,
      'x-delivery-limit': DELIVERY_LIMIT,
    }),
    ...retries,
    // With the limit that quorum queues have by themselves, a dead letter that is looked at 20 times would be dropped.
    quorum(dead, { 'x-delivery-limit': -1 }),
  ];
}

function quorum(name: string, rest: Arguments): Queue {
  return { name, arguments: { 'x-queue-type': 'quorum', ...rest } };
}

function bindingsOf({ service, consumes }: EventEdges): Binding[] {
  const { own, dead, retries } = queueNames(service);
  return [
    ...[...consumes].sort().map((event) => ({ exchange: EXCHANGE.events, queue: own, routingKey: event })),
    ...retries.map((queue) => ({ exchange: EXCHANGE.retry, queue, routingKey: queue })),
    { exchange: EXCHANGE.dead, queue: dead, routingKey: dead },
  ];
}

function userOf({ service, publishes, consumes }: EventEdges): BrokerUser {
  const { own, dead, retries } = queueNames(service);
  const isConsumer = consumes.length > 0;
  const exchanges = [
    ...(publishes.length > 0 ? [EXCHANGE.events] : []),
    ...(isConsumer ? [EXCHANGE.retry, EXCHANGE.dead] : []),
  ];
  return {
    name: service,
    permission: {
      configure: NOTHING,
      write: anyOf(exchanges),
      read: isConsumer ? anyOf([own, dead]) : NOTHING,
    },
    // An exchange without a topic permission would take any routing key: each has one.
    topicPermissions: [
      { exchange: EXCHANGE.events, write: anyOf(publishes), read: NOTHING },
      { exchange: EXCHANGE.retry, write: isConsumer ? anyOf(retries) : NOTHING, read: NOTHING },
      { exchange: EXCHANGE.dead, write: isConsumer ? anyOf([dead]) : NOTHING, read: NOTHING },
    ],
  };
}

/** A regular expression that matches exactly these names. */
function anyOf(names: readonly string[]): string {
  if (names.length === 0) return NOTHING;
  return `^(${[...names].sort().map(escape).join('|')})$`;
}

/** A regular expression that matches the names of both; of one that {@link anyOf} did not make nothing is taken over. */
export function unionOf(wanted: string, found = NOTHING): string {
  return anyOf([...new Set([...namesIn(wanted), ...namesIn(found)])]);
}

function namesIn(pattern: string): string[] {
  const inner = /^\^\((.+)\)\$$/.exec(pattern)?.[1];
  return inner === undefined ? [] : inner.split('|').map((name) => name.replaceAll(String.raw`\.`, '.'));
}

function escape(name: string): string {
  return name.replaceAll('.', String.raw`\.`);
}
