import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { abortable } from '../../runtime/abortable.ts';
import type { RunningMember } from '../running-member.ts';

/** How the operator reaches members: over TLS, as the internal user, whose password is the keyfile's content. */
export interface MongoAccess {
  /** PEM of the authorities that the members' certificates are checked against. */
  ca: string;
  keyfile: string;
  /** Once aborted, connections are closed and nothing more is sent: the Lease may be another's. */
  signal?: AbortSignal;
}

/** Milliseconds to find a member, and for one command. */
const TIMEOUT_MS = 5_000;

/**
 * Connects to exactly this member (`host:port`) as `__system`, which is there before the replica set and all other users
 * (https://www.mongodb.com/docs/manual/core/security-internal-authentication/).
 */
export async function withMember<T>(
  address: string,
  access: MongoAccess,
  use: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const { MongoClient } = await import('./driver.ts');
  const client = new MongoClient(`mongodb://${address}/`, {
    directConnection: true,
    tls: true,
    ca: access.ca,
    auth: { username: '__system', password: access.keyfile },
    authSource: 'local',
    authMechanism: 'SCRAM-SHA-256',
    appName: 'careplane-operator',
    maxPoolSize: 2,
    serverSelectionTimeoutMS: TIMEOUT_MS,
    connectTimeoutMS: TIMEOUT_MS,
    socketTimeoutMS: TIMEOUT_MS * 4,
    retryWrites: false,
  });
  try {
    const close = (): void => void client.close();
    return await abortable(access.signal, close, () => use(client));
  } finally {
    await client.close();
  }
}

/**
 * Makes a member read its certificate and authorities again; connections stay. With an unusable pair it keeps the old one.
 * https://www.mongodb.com/docs/manual/reference/command/rotateCertificates/
 */
export async function rotateCertificates(address: string, access: MongoAccess): Promise<void> {
  await withMember(address, access, (client) => client.db('admin').command({ rotateCertificates: 1 }));
}

const optionsSchema = z.object({ parsed: z.object({ storage: z.object({ dbPath: z.string() }) }) });

const buildSchema = z.object({ version: z.string() });

/** What a member runs and where it keeps its data, by its own account. */
export function readMember(address: string, access: MongoAccess): Promise<RunningMember> {
  return withMember(address, access, async (client) => {
    const admin = client.db('admin');
    const options = optionsSchema.parse(await admin.command({ getCmdLineOpts: 1 }));
    const { version } = buildSchema.parse(await admin.command({ buildInfo: 1 }));
    return { directory: options.parsed.storage.dbPath, version };
  });
}
