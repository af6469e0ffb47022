import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { isServerError, NO_CONFIG } from './answers.ts';
import { withMember, type MongoAccess } from './member.ts';
import type { ReplicaSetView } from './replica-set.ts';

/** A place in the oplog, as a BSON timestamp has it. */
export interface OplogPosition {
  /** Seconds since the epoch. */
  t: number;
  i: number;
}

/** What a member says of itself. */
export interface MemberAccount {
  /** No member that it reaches can hand on what it needs next. */
  isTooStale: boolean;
  /** Its newest write; absent for one without data. */
  newest?: OplogPosition;
  /** Which set its data belongs to. */
  setId?: string;
}

/** What the primary can hand on. */
export interface Source {
  oldest: OplogPosition;
  setId: string;
}

/** A member that may be too far behind. */
export interface Doubtful {
  host: string;
  /** It is in the set's configuration, and not only about to come in. */
  isMember: boolean;
}

/** Members that can never catch up. */
export interface LeftBehind {
  hosts: string[];
  /** Whether a majority of the set is healthy and can hand on everything, so that the data of those is of no use to anybody. */
  isMajorityCurrent: boolean;
}

export const NOBODY: LeftBehind = { hosts: [], isMajorityCurrent: true };

const position = z.object({ t: z.number(), i: z.number() });
const entry = z.object({ ts: position });
const configured = z.object({
  settings: z.object({ replicaSetId: z.unknown().transform(String) }),
});
const standing = z.object({ myState: z.number(), tooStale: z.boolean().default(false) });
const votes = z.object({
  majorityVoteCount: z.number(),
  writeMajorityCount: z.number(),
  members: z.array(z.object({ state: z.number(), optime: z.object({ ts: position }).optional() })),
});

/** https://www.mongodb.com/docs/manual/reference/replica-states/ */
const STATE = { primary: 1, secondary: 2, recovering: 3 } as const;

/** Negative when `a` was written before `b`. */
export function comparePositions(a: OplogPosition, b: OplogPosition): number {
  return a.t - b.t || a.i - b.i;
}

/**
 * Whether the member stopped at a write that nobody can hand on from: it stays as it is for good, until it copies everything anew. Pure.
 * Its data has to be of this very set, and a member has to say so itself.
 * https://www.mongodb.com/docs/manual/tutorial/resync-replica-set-member/
 */
export function isLeftBehind(
  { newest, setId, isTooStale }: MemberAccount,
  source: Source,
  isMember: boolean,
): boolean {
  if (newest === undefined || setId !== source.setId || (isMember && !isTooStale)) return false;
  return comparePositions(newest, source.oldest) < 0;
}

/** The members that do not follow, and the one that is to join. Pure. */
export function doubtful({ sick }: ReplicaSetView, joining: string | undefined): Doubtful[] {
  const recovering = sick.filter(({ state }) => state === 'RECOVERING');
  return [
    ...recovering.map(({ host }) => ({ host, isMember: true })),
    ...(joining === undefined ? [] : [{ host: joining, isMember: false }]),
  ];
}

/** Asks these members, and the primary only when there are any. One that does not answer says nothing and is asked again later. */
export async function readLeftBehind(
  primary: MongoClient,
  asked: readonly Doubtful[],
  access: MongoAccess,
): Promise<LeftBehind> {
  const source = asked.length === 0 ? undefined : await readSource(primary);
  if (source === undefined) return NOBODY;
  const hosts: string[] = [];
  for (const { host, isMember } of asked) {
    const account = await askIfThere(host, access);
    if (account !== undefined && isLeftBehind(account, source, isMember)) hosts.push(host);
  }
  if (hosts.length === 0) return NOBODY;
  const told = await primary.db('admin').command({ replSetGetStatus: 1 });
  return { hosts, isMajorityCurrent: isMajorityCurrent(told, source.oldest) };
}

/**
 * Whether enough members to acknowledge a write and to elect are up and at or after the oldest write that the primary has. Pure.
 * @param told the primary's answer to `replSetGetStatus`
 */
export function isMajorityCurrent(told: unknown, oldest: OplogPosition): boolean {
  const { majorityVoteCount, writeMajorityCount, members } = votes.parse(told);
  const current = members.filter(
    ({ state, optime }) =>
      (state === STATE.primary || state === STATE.secondary) &&
      optime !== undefined &&
      comparePositions(optime.ts, oldest) >= 0,
  );
  return current.length >= Math.max(majorityVoteCount, writeMajorityCount);
}

async function readSource(primary: MongoClient): Promise<Source | undefined> {
  const oldest = await oplogEnd(primary, 1);
  const setId = await setIdOf(primary);
  return oldest === undefined || setId === undefined ? undefined : { oldest, setId };
}

/** What a member says of itself, whatever the others think of it. */
export async function readAccount(client: MongoClient): Promise<MemberAccount> {
  const setId = await setIdOf(client);
  // One that was never part of a set refuses to have its oplog read.
  const newest = setId === undefined ? undefined : await oplogEnd(client, -1);
  return {
    isTooStale: await isTooStale(client),
    ...(newest === undefined ? {} : { newest }),
    ...(setId === undefined ? {} : { setId }),
  };
}

async function askIfThere(host: string, access: MongoAccess): Promise<MemberAccount | undefined> {
  try {
    return await withMember(host, access, readAccount);
  } catch {
    access.signal?.throwIfAborted();
    return undefined;
  }
}

async function isTooStale(client: MongoClient): Promise<boolean> {
  try {
    const told = await client.db('admin').command({ replSetGetStatus: 1 });
    const { myState, tooStale } = standing.parse(told);
    return myState === STATE.recovering && tooStale;
  } catch (error) {
    if (Object.values(NO_CONFIG).some((code) => isServerError(error, code))) return false;
    throw error;
  }
}

/** @param order 1 for the oldest entry, -1 for the newest */
async function oplogEnd(client: MongoClient, order: 1 | -1): Promise<OplogPosition | undefined> {
  const oplog = client.db('local').collection('oplog.rs');
  const found = await oplog.findOne({}, { sort: { $natural: order }, projection: { ts: 1 } });
  if (found === null) return undefined;
  const { t, i } = entry.parse(found).ts;
  return { t, i };
}

async function setIdOf(client: MongoClient): Promise<string | undefined> {
  const found = await client.db('local').collection('system.replset').findOne();
  return found === null ? undefined : configured.parse(found).settings.replicaSetId;
}
