import type { MongoClient } from 'mongodb';
import { withMember, type MongoAccess } from './member.ts';
import {
  initiate,
  mustStepDown,
  nextConfig,
  readReplicaSet,
  reconfigure,
  stepDown,
  type ReplicaSetView,
} from './replicaSet.ts';
import { applyUserChanges, readUsers, userChanges, type WantedUser } from './users.ts';

export interface WantedReplicaSet {
  /** `host:port` of every member, in the order of their pods. */
  members: readonly string[];
  /** Members whose pods run: those that can be asked. */
  reachable: readonly string[];
  users: readonly WantedUser[];
}

/** What was found and done. */
export interface ReplicaSetReport {
  /** One step was taken or something is under way: look again soon. */
  isMoving: boolean;
  /** What is going on, for people, while it is moving. */
  note: string | undefined;
  view: ReplicaSetView | undefined;
  /** Users created, updated or dropped in this round; `undefined` when there was no primary to ask. */
  userChanges: number | undefined;
}

/**
 * Takes a replica set one step towards what is wanted: initiates it, adds or removes a member, brings the users in line.
 * With nothing to do it only reads. Repeating it is safe.
 * @throws the driver's error when a running member does not answer
 */
export async function convergeReplicaSet(
  wanted: WantedReplicaSet,
  access: MongoAccess,
): Promise<ReplicaSetReport> {
  const view = await findReplicaSet(wanted.reachable, access);
  if (view === undefined) return initiateWhenComplete(wanted, access);
  if (view.primary === undefined) return moving('an election is under way', view);
  return withMember(view.primary, access, async (client) => {
    const changes = userChanges(await readUsers(client), wanted.users, access.keyfile);
    await applyUserChanges(client, changes, access.keyfile);
    const note = await moveMembers(client, view, wanted.members);
    return { isMoving: note !== undefined, note, view, userChanges: changes.length };
  });
}

/** Members of the present configuration, from any member that knows one. Empty when there is none. */
export async function readMembers(reachable: readonly string[], access: MongoAccess): Promise<string[]> {
  const view = await findReplicaSet(reachable, access);
  return view?.config.members.map(({ host }) => host) ?? [];
}

/** Every member is asked before anything is initiated: a member that lost its volume must not found a second set. */
async function findReplicaSet(
  reachable: readonly string[],
  access: MongoAccess,
): Promise<ReplicaSetView | undefined> {
  let best: ReplicaSetView | undefined;
  for (const address of reachable) {
    const view = await withMember(address, access, readReplicaSet);
    if (view?.primary !== undefined) return view;
    best ??= view;
  }
  return best;
}

async function initiateWhenComplete(
  wanted: WantedReplicaSet,
  access: MongoAccess,
): Promise<ReplicaSetReport> {
  const [first] = wanted.members;
  if (first === undefined || wanted.members.some((member) => !wanted.reachable.includes(member)))
    return moving('waiting for every member before the replica set is initiated');
  await withMember(first, access, (client) => initiate(client, wanted.members));
  return moving('the replica set was initiated');
}

async function moveMembers(
  client: MongoClient,
  view: ReplicaSetView,
  members: readonly string[],
): Promise<string | undefined> {
  const isSettled = view.healthy.length === view.config.members.length;
  if (mustStepDown(view, members)) {
    await stepDown(client);
    return 'the primary hands over, since it has to leave';
  }
  const config = nextConfig(view, members);
  if (config === undefined) return undefined;
  // A member that is still copying counts in every majority: wait for it before the next one joins.
  if (config.members.length > view.config.members.length && !isSettled)
    return 'waiting for a new member to catch up';
  await reconfigure(client, config);
  return `the replica set goes from ${view.config.members.length} to ${config.members.length} members`;
}

function moving(note: string, view?: ReplicaSetView): ReplicaSetReport {
  return { isMoving: true, note, view, userChanges: undefined };
}
