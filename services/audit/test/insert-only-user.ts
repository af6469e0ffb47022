import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { applyUserChanges, userChanges } from '../../../operator/src/engines/mongodb/users.ts';

/**
 * A user as the operator makes it for a service that declares `access: InsertOnly`, in the database of its name.
 * @param adminUri of `startMongod({ auth: true })`
 * @returns the address for it
 */
export async function insertOnlyUser(
  adminUri: string,
  service: string,
  mutableCollections: readonly string[] = [],
): Promise<string> {
  const password = randomBytes(16).toString('hex');
  const grace = { noted: [], wanted: [service], now: Date.now(), graceMs: 0 };
  const { list } = userChanges(
    { users: [], roles: [] },
    [{ service, password, rights: { mutableCollections } }],
    'secret',
    grace,
  );
  const client = new MongoClient(adminUri);
  try {
    const refused = await applyUserChanges(client, list, { keyfile: 'secret' });
    if (refused.length > 0) throw new Error(`the user of ${service} is refused`);
  } finally {
    await client.close();
  }
  const uri = new URL(adminUri);
  [uri.username, uri.password] = [service, password];
  uri.searchParams.set('authSource', service);
  uri.searchParams.delete('authMechanism');
  return uri.href;
}
