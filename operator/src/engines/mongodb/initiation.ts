import type { MongoClient } from 'mongodb';
import { isServerError, NO_CONFIG } from './answers.ts';
import type { WantedMembers } from './members.ts';

/** What decides whether a replica set may be founded. */
export interface Founders extends WantedMembers {
  /** Members whose volumes or pods are there, wanted or not: each may have the data of an earlier set. */
  holders?: readonly string[];
  /** A set of this store once had a primary. */
  wasInitiated?: boolean;
}

/** Why nobody can tell yet whether a set may be founded; `undefined` when every member that may have data can be asked for it. Pure. */
export function whyNotAsked({
  members,
  reachable,
  holders = [],
  wasInitiated = false,
}: Founders): string | undefined {
  const silent = [...new Set([...members, ...holders])].filter((host) => !reachable.includes(host));
  if (members.length > 0 && silent.length === 0) return undefined;
  if (wasInitiated)
    return 'the replica set was initiated before, and no member that answers knows it: none is founded anew beside its data';
  return members.length === 0 || members.some((member) => silent.includes(member))
    ? 'waiting for every member before the replica set is initiated'
    : `waiting for ${silent.join(', ')}, which may have the data, before the replica set is initiated`;
}

/** Whether the member was never in a set. One that was removed from its set has data. */
export async function isUntouched(client: MongoClient): Promise<boolean> {
  try {
    await client.db('admin').command({ replSetGetStatus: 1 });
    return false;
  } catch (error) {
    if (isServerError(error, NO_CONFIG.neverInitiated)) return true;
    if (isServerError(error, NO_CONFIG.notPartOfIt)) return false;
    throw error;
  }
}
