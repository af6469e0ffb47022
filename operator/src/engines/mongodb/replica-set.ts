import type { MongoClient, MongoServerError } from 'mongodb';
import * as z from 'zod';

/** Name of every replica set. */
export const REPLICA_SET = 'rs0';

const configSchema = z.looseObject({
  _id: z.string(),
  version: z.number(),
  members: z.array(z.looseObject({ _id: z.number(), host: z.string() })),
  settings: z.looseObject({}).optional(),
});

/** What `replSetGetConfig` answers, fields that are not ours included: they are handed back as they are. */
export type ReplicaSetConfig = z.infer<typeof configSchema>;

/**
 * How soon a primary that does not answer is replaced. The defaults of 10 s and 2 s gave write gaps of 11 to 12 s (make bench-write-gap).
 * https://www.mongodb.com/docs/manual/reference/replica-configuration/#settings-fields
 */
export const ELECTION_SETTINGS = { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 } as const;

const statusSchema = z.looseObject({
  members: z.array(
    z.looseObject({
      name: z.string(),
      stateStr: z.string(),
      electionDate: z.date().optional(),
      optimeDate: z.date().optional(),
    }),
  ),
});

type MemberStatus = z.infer<typeof statusSchema>['members'][number];

/** A member that is neither primary nor secondary. */
export interface SickMember {
  /** `host:port`. */
  host: string;
  /** As the server calls it: `RECOVERING`, `STARTUP2`, `(not reachable/healthy)`. */
  state: string;
  /** The newest write that it has; absent where nobody knows. */
  appliedAt?: Date;
}

export interface ReplicaSetView {
  config: ReplicaSetConfig;
  /** `host:port` of the member that takes writes now. */
  primary: string | undefined;
  /** Members that are up: primary and secondaries. */
  healthy: string[];
  /** All others. */
  sick: SickMember[];
}

/** https://github.com/mongodb/mongo/blob/v6.0/src/mongo/base/error_codes.yml */
const NOT_YET_INITIALIZED = 94;
const INVALID_REPLICA_SET_CONFIG = 93;

/** The replica set as this member sees it; `undefined` when it has never been initiated. */
export async function readReplicaSet(client: MongoClient): Promise<ReplicaSetView | undefined> {
  const admin = client.db('admin');
  try {
    const { config } = z.object({ config: configSchema }).parse(await admin.command({ replSetGetConfig: 1 }));
    const { members } = statusSchema.parse(await admin.command({ replSetGetStatus: 1 }));
    const isHealthy = ({ stateStr }: MemberStatus): boolean => HEALTHY.has(stateStr);
    return {
      config,
      primary: primaryOf(members),
      healthy: members.filter(isHealthy).map(({ name }) => name),
      sick: members
        .filter((member) => !isHealthy(member))
        .map(({ name, stateStr, optimeDate }) => ({
          host: name,
          state: stateStr,
          ...(optimeDate === undefined ? {} : { appliedAt: optimeDate }),
        })),
    };
  } catch (error) {
    if (isAnswer(error, NOT_YET_INITIALIZED)) return undefined;
    // A member that was removed, or not yet let in: it knows of a set that it is no part of.
    if (isAnswer(error, INVALID_REPLICA_SET_CONFIG)) return undefined;
    throw error;
  }
}

const HEALTHY: ReadonlySet<string> = new Set(['PRIMARY', 'SECONDARY']);

/** One that hangs is shown as primary until its heartbeats are missed: the one that was elected last is right. */
function primaryOf(members: readonly MemberStatus[]): string | undefined {
  const elected = ({ electionDate }: MemberStatus): number => electionDate?.getTime() ?? 0;
  return members.filter(({ stateStr }) => stateStr === 'PRIMARY').sort((a, b) => elected(b) - elected(a))[0]
    ?.name;
}

const oplogEntrySchema = z.object({ wall: z.date() });

/** When the oldest write was made that this member still can hand to others; `undefined` when it has none. */
export async function oldestWrite(client: MongoClient): Promise<Date | undefined> {
  const oplog = client.db('local').collection('oplog.rs');
  const entry = await oplog.findOne({}, { sort: { $natural: 1 }, projection: { wall: 1 } });
  return entry === null ? undefined : oplogEntrySchema.parse(entry).wall;
}

/**
 * Members that stopped at a write that nobody can hand on from: they stay as they are for good, until they copy everything anew. Pure.
 * https://www.mongodb.com/docs/manual/tutorial/resync-replica-set-member/
 */
export function staleMembers(sick: readonly SickMember[], oldest: Date | undefined): string[] {
  if (oldest === undefined) return [];
  const isStale = ({ state, appliedAt }: SickMember): boolean =>
    state === 'RECOVERING' && appliedAt !== undefined && appliedAt < oldest;
  return sick.filter(isStale).map(({ host }) => host);
}

/** By name: the driver is not loaded for its classes. */
function isAnswer(error: unknown, code: number): error is MongoServerError {
  return (
    error instanceof Error && error.name === 'MongoServerError' && 'code' in error && error.code === code
  );
}

/** Makes the replica set; to be sent to one member, once. */
export async function initiate(client: MongoClient, hosts: readonly string[]): Promise<void> {
  const members = hosts.map((host, index) => ({ _id: index, host }));
  await client
    .db('admin')
    .command({ replSetInitiate: { _id: REPLICA_SET, members, settings: ELECTION_SETTINGS } });
}

/** Sends a configuration to the primary. */
export async function reconfigure(client: MongoClient, config: ReplicaSetConfig): Promise<void> {
  await client.db('admin').command({ replSetReconfig: config });
}

/** Asks the primary to hand over; the connection ends with it, which is no error. */
export async function stepDown(client: MongoClient): Promise<void> {
  await client.db('admin').command({ replSetStepDown: 60, secondaryCatchUpPeriodSecs: 10 });
}
