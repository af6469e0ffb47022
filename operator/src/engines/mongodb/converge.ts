import type { MongoClient } from 'mongodb';
import type { Departing, Grace } from '../departing.ts';
import { withoutReserved, type RefusedUser } from '../refused-users.ts';
import { withMember, type MongoAccess } from './member.ts';
import { initiate, readReplicaSet, reconfigure, stepDown, type ReplicaSetView } from './replica-set.ts';
import { isUntouched, whyNotAsked, type Founders } from './initiation.ts';
import { nextMove, type Move } from './members.ts';
import { readCompatibility } from './compatibility.ts';
import { doubtful, NOBODY, readLeftBehind, type LeftBehind } from './staleness.ts';
import { readRoles } from './roles.ts';
import { applyUserChanges, readUsers, userChanges, type WantedUser } from './users.ts';

export interface WantedReplicaSet extends Founders {
  users: readonly WantedUser[];
  /** For users that are none of these. */
  grace: Grace;
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
  /** Users that the engine does not take. */
  refused: RefusedUser[];
  /** Members that are too far behind ever to catch up, in the set or about to join it. */
  behind: LeftBehind;
  /** Every member that there is to be, and every other that may have the data, is empty, though there was a set. */
  isDataLost?: true;
  /** featureCompatibilityVersion; `undefined` when there was no primary to ask. */
  compatibility: string | undefined;
  /** Owners of users that are kept for a while, as far as they are not wanted; `undefined` as above. */
  departing: Departing[] | undefined;
}

/**
 * Takes a replica set one step towards what is wanted: initiates it, changes a member, brings the users in line.
 * @throws the driver's error when no member answers, or one that is needed
 */
export async function convergeReplicaSet(
  wanted: WantedReplicaSet,
  access: MongoAccess,
): Promise<ReplicaSetReport> {
  const view = await findReplicaSet(wanted.reachable, access);
  if (view === undefined) return initiateWhenComplete(wanted, access);
  if (view.primary === undefined) return moving(whyNoPrimary(view), view);
  return withMember(view.primary, access, async (client) => {
    // First, since the others wait for a majority that members left behind may never make.
    const move = nextMove(view, wanted);
    const behind = await readLeftBehind(client, doubtful(view, move?.joins), access);
    if (!behind.isMajorityCurrent) return { ...moving('no majority has the data', view), behind };
    const users = await convergeUsers(client, wanted, access);
    const note = await carryOut(client, move, behind);
    const compatibility = await readCompatibility(client);
    return { isMoving: note !== undefined, note, view, behind, compatibility, ...users };
  });
}

/** Why nobody takes writes, for people. Pure. */
export function whyNoPrimary({ healthy, majority, config }: ReplicaSetView): string {
  if (healthy.length >= majority) return 'an election is under way';
  return `${healthy.length} of ${config.members.length} members are up, and it takes ${majority} to elect a primary`;
}

/** Members of the present configuration, from any member that knows one. Empty when there is none. */
export async function readMembers(reachable: readonly string[], access: MongoAccess): Promise<string[]> {
  const view = await findReplicaSet(reachable, access);
  return view?.config.members.map(({ host }) => host) ?? [];
}

/**
 * The set as its members see it. One that hangs hides nothing while another tells of the set; while none does, all have to answer: a member
 * that lost its volume must not found a second set.
 */
async function findReplicaSet(
  reachable: readonly string[],
  access: MongoAccess,
): Promise<ReplicaSetView | undefined> {
  let best: ReplicaSetView | undefined;
  const failures: unknown[] = [];
  for (const address of reachable) {
    try {
      const view = await withMember(address, access, readReplicaSet);
      if (view?.primary !== undefined) return view;
      best ??= view;
    } catch (error) {
      access.signal?.throwIfAborted();
      failures.push(error);
    }
  }
  if (best === undefined && failures.length > 0) throw failures[0];
  return best;
}

const DATA_LOST =
  'every member is empty, and the replica set was initiated before: its data is lost, and none is founded anew by itself';

async function initiateWhenComplete(
  wanted: WantedReplicaSet,
  access: MongoAccess,
): Promise<ReplicaSetReport> {
  const [first = ''] = wanted.members;
  const reason = whyNotAsked(wanted);
  if (reason !== undefined) return moving(reason);
  for (const host of new Set([...wanted.members, ...(wanted.holders ?? [])]))
    if (!(await withMember(host, access, isUntouched)))
      return moving(`${host} has the data of a replica set that it is no part of: none is founded beside it`);
  if (wanted.wasInitiated === true) return { ...moving(DATA_LOST), isDataLost: true };
  await withMember(first, access, (client) => initiate(client, wanted.members));
  return moving('the replica set was initiated');
}

async function convergeUsers(
  client: MongoClient,
  { users, grace }: WantedReplicaSet,
  access: MongoAccess,
): Promise<Pick<ReplicaSetReport, 'userChanges' | 'refused' | 'departing'>> {
  const { permitted, refused } = withoutReserved('mongodb', users, ({ service }) => service);
  const existing = { users: await readUsers(client), roles: await readRoles(client) };
  const { list, departing } = userChanges(existing, permitted, access.keyfile, grace);
  const failed = await applyUserChanges(client, list, access);
  return { userChanges: list.length - failed.length, refused: [...refused, ...failed], departing };
}

/** Resolves to what is going on. A member with old data comes in empty: with it, it would count against every majority for good. */
async function carryOut(
  client: MongoClient,
  move: Move | undefined,
  { hosts }: LeftBehind,
): Promise<string | undefined> {
  if (move?.joins !== undefined && hosts.includes(move.joins))
    return `${move.joins} was away for too long: its data is removed before it comes in`;
  if (move?.config !== undefined) await reconfigure(client, move.config);
  if (move?.stepDown === true) await stepDown(client);
  return move?.note;
}

function moving(note: string, view?: ReplicaSetView): ReplicaSetReport {
  const unasked = { userChanges: undefined, departing: undefined, compatibility: undefined };
  return { isMoving: true, note, view, refused: [], behind: NOBODY, ...unasked };
}
