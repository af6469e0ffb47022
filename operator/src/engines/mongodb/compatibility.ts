import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { releaseOf } from '../versions/version.ts';
import { withMember, type MongoAccess } from './member.ts';

const answer = z.object({
  featureCompatibilityVersion: z.object({ version: z.string(), targetVersion: z.string().optional() }),
});

/** Which release's format the data has, by the primary's account. While it is being raised: the one that it had. */
export async function readCompatibility(client: MongoClient): Promise<string> {
  const told = await client.db('admin').command({ getParameter: 1, featureCompatibilityVersion: 1 });
  return answer.parse(told).featureCompatibilityVersion.version;
}

/** Since this release the server wants to be told that one means it: nothing goes back. */
const CONFIRMED_SINCE = 7;

/**
 * Gives the data the format of a release; to be sent to the primary, and again when it was interrupted.
 * https://www.mongodb.com/docs/manual/reference/command/setFeatureCompatibilityVersion/
 */
export async function setCompatibility(primary: string, version: string, access: MongoAccess): Promise<void> {
  const isConfirmed = (releaseOf(version)?.major ?? 0) >= CONFIRMED_SINCE;
  await withMember(primary, access, (client) =>
    client
      .db('admin')
      .command({ setFeatureCompatibilityVersion: version, ...(isConfirmed ? { confirm: true } : {}) }),
  );
}
