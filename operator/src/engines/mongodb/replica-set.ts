import type { MongoClient, MongoServerError } from 'mongodb';
import { z } from 'zod';

/** Name of every replica set. */
export const REPLICA_SET = 'rs0';

const configSchema = z.looseObject({
  _id: z.string(),
  version: z.number(),
  members: z.array(z.looseObject({ _id: z.number(), host: z.string() })),
});

/** What `replSetGetConfig` answers, fields that are not ours included: they are handed back as they are. */
export type ReplicaSetConfig = z.infer<typeof configSchema>;

const statusSchema = z.looseObject({
  members: z.array(z.looseObject({ name: z.string(), health: z.number(), stateStr: z.string() })),
});

export interface ReplicaSetView {
  config: ReplicaSetConfig;
  /** `host:port` of the member that takes writes now. */
  primary: string | undefined;
  /** Members that are up: primary and secondaries. */
  healthy: string[];
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
    return {
      config,
      primary: members.find(({ stateStr }) => stateStr === 'PRIMARY')?.name,
      healthy: members
        .filter(({ stateStr }) => stateStr === 'PRIMARY' || stateStr === 'SECONDARY')
        .map(({ name }) => name),
    };
  } catch (error) {
    if (isAnswer(error, NOT_YET_INITIALIZED)) return undefined;
    // A member that was removed, or not yet let in: it knows of a set that it is no part of.
    if (isAnswer(error, INVALID_REPLICA_SET_CONFIG)) return undefined;
    throw error;
  }
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
  await client.db('admin').command({ replSetInitiate: { _id: REPLICA_SET, members } });
}

/** Sends a configuration to the primary. */
export async function reconfigure(client: MongoClient, config: ReplicaSetConfig): Promise<void> {
  await client.db('admin').command({ replSetReconfig: config });
}

/** Asks the primary to hand over; the connection ends with it, which is no error. */
export async function stepDown(client: MongoClient): Promise<void> {
  await client.db('admin').command({ replSetStepDown: 60, secondaryCatchUpPeriodSecs: 10 });
}
