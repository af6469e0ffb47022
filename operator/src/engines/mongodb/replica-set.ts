import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { isServerError, NO_CONFIG } from './answers.ts';

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
  majorityVoteCount: z.number(),
  members: z.array(
    z.looseObject({
      name: z.string(),
      stateStr: z.string(),
      electionDate: z.date().optional(),
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
}

export interface ReplicaSetView {
  config: ReplicaSetConfig;
  /** `host:port` of the member that takes writes now. */
  primary: string | undefined;
  /** Members that are up: primary and secondaries. */
  healthy: string[];
  /** All others. */
  sick: SickMember[];
  /** How many have to vote for a primary. */
  majority: number;
}

/** The replica set as this member sees it; `undefined` when it has never been initiated. */
export async function readReplicaSet(client: MongoClient): Promise<ReplicaSetView | undefined> {
  const admin = client.db('admin');
  try {
    const { config } = z.object({ config: configSchema }).parse(await admin.command({ replSetGetConfig: 1 }));
    const { members, majorityVoteCount } = statusSchema.parse(await admin.command({ replSetGetStatus: 1 }));
    const isHealthy = ({ stateStr }: MemberStatus): boolean => HEALTHY.has(stateStr);
    return {
      config,
      primary: primaryOf(members),
      healthy: members.filter(isHealthy).map(({ name }) => name),
      sick: members
        .filter((member) => !isHealthy(member))
        .map(({ name, stateStr }) => ({ host: name, state: stateStr })),
      majority: majorityVoteCount,
    };
  } catch (error) {
    if (isServerError(error, NO_CONFIG.neverInitiated)) return undefined;
    // A member that was removed, or not yet let in: it knows of a set that it is no part of.
    if (isServerError(error, NO_CONFIG.notPartOfIt)) return undefined;
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
