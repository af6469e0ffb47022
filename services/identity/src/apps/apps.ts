import { randomBytes, randomUUID } from 'node:crypto';
import { Conflict, isDuplicateKey, NotFound, withTransaction } from '@careplane/kit';
import type { AuditAgent, AuditTrail, Collection, CollectionSpec, Mongo, Transaction } from '@careplane/kit';
import type { ClientMetadata } from 'oidc-provider';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { appEvent } from '../trail/app-event.ts';
import type { App, NewApp } from './app.ts';
import { authMethod, clientMetadata } from './client-metadata.ts';
import { ADMIN_CLIENT, ownApps } from './own-apps.ts';

/** An app that an administrator has registered. */
export interface AppRecord {
  readonly _id: string;
  readonly app: App;
  /** Of apps that prove themselves by a secret: sealed, since it is compared and never shown again. */
  readonly sealedSecret?: string;
  readonly createdAt: Date;
}

export const appCollections: CollectionSpec[] = [
  { name: 'apps', indexes: [{ key: { 'app.origins': 1 }, name: 'origins' }] },
];

/** Registered apps: the platform's own, those of YAML, those of administrators, in this order. */
export interface Apps {
  /** For oidc-provider. */
  metadataOf(clientId: string): Promise<ClientMetadata | undefined>;
  /** Of those of administrators the first thousand, in the order of their ids. */
  list(): Promise<App[]>;
  find(clientId: string): Promise<App | undefined>;
  /** @returns the app, and its secret if it has one: shown this once. @throws Conflict when the id is taken */
  add(app: NewApp, by: AuditAgent): Promise<{ app: App; secret?: string }>;
  /** @throws NotFound, also for apps that are not an administrator's to remove */
  remove(clientId: string, by: AuditAgent): Promise<void>;
  /** Origins of the pages of all apps. */
  origins(): Promise<string[]>;
  /** Whether some app's pages have this origin. */
  hasOrigin(origin: string): Promise<boolean>;
}

export interface AppsOptions {
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
  readonly records: Collection<AppRecord>;
  readonly secrets: IdentitySecrets;
  readonly publicUrl: string;
  /** Apps of the binding `clinic-apps`, as they are now. */
  readonly bound: () => readonly App[];
  /** Ends the grants and tokens of an app, within the transaction that removes it. */
  readonly ended: (clientId: string, tx: Transaction) => Promise<void>;
}

const MOST_LISTED = 1_000;

export function createApps(options: AppsOptions): Apps {
  const { mongo, audit, records, secrets, bound } = options;
  const own = ownApps(options.publicUrl);
  const fixed = (): readonly App[] => [...own, ...bound()];
  return {
    async metadataOf(clientId): Promise<ClientMetadata | undefined> {
      if (clientId === ADMIN_CLIENT.clientId) return adminClient(secrets);
      const app = fixed().find((candidate) => candidate.clientId === clientId);
      if (app) return clientMetadata(app, undefined);
      const record = await records.findOne({ _id: clientId });
      if (!record) return undefined;
      const { sealedSecret: sealed } = record;
      const secret =
        sealed === undefined ? undefined : await unsealAny(secrets.sealingKeys, contextOf(clientId), sealed);
      return clientMetadata(record.app, secret);
    },
    async list(): Promise<App[]> {
      const found = await records.find({}, { sort: { _id: 1 }, limit: MOST_LISTED });
      return [...fixed(), ...found.map(({ app }) => app)];
    },
    async find(clientId): Promise<App | undefined> {
      const app = fixed().find((candidate) => candidate.clientId === clientId);
      return app ?? (await records.findOne({ _id: clientId }))?.app;
    },
    async add(fresh, by): Promise<{ app: App; secret?: string }> {
      const app: App = { ...fresh, clientId: fresh.clientId ?? randomUUID() };
      const taken = [ADMIN_CLIENT, ...fixed()].some(({ clientId }) => clientId === app.clientId);
      if (taken) throw new Conflict('There is an app with this id');
      const secret =
        authMethod(app) === 'client_secret_basic' ? randomBytes(32).toString('base64url') : undefined;
      await insert(options, await recordOf(app, secret, secrets), by);
      return { app, ...(secret === undefined ? {} : { secret }) };
    },
    async remove(clientId, by): Promise<void> {
      await withTransaction(mongo, async (tx) => {
        const { deletedCount } = await records.deleteMany({ _id: clientId }, tx);
        if (deletedCount === 0) throw new NotFound();
        await audit.add(tx, [appEvent('app-removed', clientId, { by })]);
        await options.ended(clientId, tx);
      });
    },
    async origins(): Promise<string[]> {
      const found = await records.find({ 'app.origins.0': { $exists: true } }, { limit: 10_000 });
      const all = [...fixed(), ...found.map(({ app }) => app)];
      return [...new Set(all.flatMap(({ origins }) => origins))].sort();
    },
    async hasOrigin(origin): Promise<boolean> {
      if (fixed().some(({ origins }) => origins.includes(origin))) return true;
      return (await records.count({ 'app.origins': origin }, { limit: 1 })) > 0;
    },
  };
}

function adminClient({ adminClientSecret }: IdentitySecrets): ClientMetadata | undefined {
  if (adminClientSecret === undefined) return undefined;
  return {
    ...clientMetadata(ADMIN_CLIENT, adminClientSecret),
    token_endpoint_auth_method: 'client_secret_basic',
  };
}

async function recordOf(app: App, secret: string | undefined, secrets: IdentitySecrets): Promise<AppRecord> {
  const base = { _id: app.clientId, app, createdAt: new Date() };
  if (secret === undefined) return base;
  return { ...base, sealedSecret: await seal(secrets.sealingKey, contextOf(app.clientId), secret) };
}

async function insert(
  { mongo, records, audit }: AppsOptions,
  record: AppRecord,
  by: AuditAgent,
): Promise<void> {
  try {
    await withTransaction(mongo, async (tx) => {
      await records.insert([record], tx);
      await audit.add(tx, [appEvent('app-registered', record._id, { by })]);
    });
  } catch (error) {
    if (isDuplicateKey(error)) throw new Conflict('There is an app with this id');
    throw error;
  }
}

function contextOf(clientId: string): string {
  return `careplane-identity/app-secret/${clientId}`;
}
