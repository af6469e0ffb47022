import { MongoClient } from 'mongodb';
import type { Place } from './place.ts';
import { withPortForward } from './port-forward.ts';
import { secretEntries } from './secret-entries.ts';

const PORT = 27_017;

/** A member of a replica set. */
export interface Member {
  readonly store: string;
  readonly pod: string;
}

/** Runs `use` with a connection to one member as the server itself, which may read everything. */
export async function withMember<T>(
  { store, pod }: Member,
  use: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const [key, certificate] = [await secretEntries(`${store}-keyfile`), await secretEntries(`${store}-tls`)];
  return withPortForward(pod, PORT, async (port) => {
    const client = new MongoClient(`mongodb://127.0.0.1:${String(port)}/`, {
      directConnection: true,
      tls: true,
      ca: certificate('ca.crt'),
      tlsAllowInvalidHostnames: true,
      auth: { username: '__system', password: key('keyfile') },
      authSource: 'local',
      authMechanism: 'SCRAM-SHA-256',
      readPreference: 'secondaryPreferred',
      serverSelectionTimeoutMS: 20_000,
    });
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  });
}

/** Every document of every database of a member, its log of changes (`local.oplog.rs`) too: the files on disk are compressed. */
export function database(member: Member): Place {
  return {
    name: `database ${member.pod}`,
    async *read() {
      yield* await withMember(member, allDocuments);
    },
  };
}

async function allDocuments(client: MongoClient): Promise<Uint8Array[]> {
  const documents: Uint8Array[] = [];
  const { databases } = await client.db('admin').admin().listDatabases();
  for (const { name } of databases) {
    const db = client.db(name);
    for (const { name: collection, type } of await db.listCollections().toArray()) {
      if (type === 'view') continue;
      const found = await db.collection(collection).find({}, { raw: true }).toArray();
      documents.push(...(found as unknown as Uint8Array[]));
    }
  }
  return documents;
}
