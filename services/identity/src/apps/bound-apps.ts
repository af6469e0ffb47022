import { createHash } from 'node:crypto';
import {
  BindingError,
  describeError,
  isDuplicateKey,
  pause,
  serviceAgent,
  withTransaction,
} from '@careplane/kit';
import type {
  AuditTrail,
  Collection,
  CollectionSpec,
  Mongo,
  SecurityEventKind,
  ServiceContext,
  Transaction,
} from '@careplane/kit';
import { z } from 'zod';
import { appEvent } from '../trail/app-event.ts';
import { newApp } from './app.ts';
import type { App } from './app.ts';

/** The Secret that registers apps in YAML (`spec.secrets: [{ name: clinic-apps }]`), and its entry. */
const SECRET = 'clinic-apps';
const ENTRY = 'apps.json';

const boundApps = z.array(
  newApp.refine(({ clientId }) => clientId !== undefined, { path: ['clientId'], message: 'is needed here' }),
);

/** The apps in a binding's text. @throws z.ZodError, SyntaxError */
export function parseBoundApps(text: string): readonly App[] {
  return boundApps.parse(JSON.parse(text)).map((app) => ({ ...app, clientId: app.clientId ?? '' }));
}

/** An app of the binding, written down before it is used: a start finds those that were removed while nobody looked. */
export interface BoundAppRecord {
  readonly _id: string;
  /** SHA-256 of what the binding says of it. */
  readonly digest?: string;
  /** Kept for a day: what a replica that had not seen the end yet has given the app ends at the next start. */
  readonly goneAt?: Date;
}

export const boundAppCollections: CollectionSpec[] = [
  { name: 'bound_apps', indexes: [{ key: { goneAt: 1 }, name: 'gone', expireAfterSeconds: 86_400 }] },
];

type Context = Pick<ServiceContext, 'bindings' | 'config' | 'lifecycle' | 'logger'>;

interface Followed {
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
  readonly records: Collection<BoundAppRecord>;
  /** Ends the grants and tokens of an app that is gone. */
  readonly ended: (clientId: string) => Promise<void>;
}

/**
 * Apps of the binding `clinic-apps`, followed without a restart. A text that is wrong leaves the last good apps, and a line in the
 * log that names the fields.
 */
export async function followBoundApps(
  ctx: Context,
  followed: Followed,
): Promise<{ current: () => readonly App[] }> {
  let seen: string | undefined;
  let apps: readonly App[] = [];
  let isMissing = true;
  const look = async (): Promise<void> => {
    const found = textOf(ctx);
    const wasMissing = isMissing;
    isMissing = found === undefined;
    // A Secret that is not there once may be one that is being replaced: its apps are gone when it is not there twice.
    if (isMissing && !wasMissing) return;
    const text = found ?? '';
    if (text === seen) return;
    const next = parsed(text, ctx);
    if (next) {
      apps = apps.filter(({ clientId }) => has(next, clientId));
      await remember(followed, next);
      apps = next;
      await endOthers(followed, next);
      ctx.logger.info('apps: taken from the binding', { apps: apps.length });
    }
    seen = text;
  };
  const { signal } = ctx.lifecycle;
  const tryToLook = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      ctx.logger.warn('apps: not all is done that the binding asks for, it is tried again', {
        ...describeError(error),
      });
    }
  };
  await tryToLook();
  const running = follow(tryToLook, { everyMs: ctx.config.BINDING_POLL_MS, signal });
  ctx.lifecycle.onShutdown('close', 'apps binding', () => running);
  return { current: () => apps };
}

/** Undefined for a text that is wrong, which is logged. */
function parsed(text: string, { logger }: Context): readonly App[] | undefined {
  try {
    return text === '' ? [] : parseBoundApps(text);
  } catch (error) {
    logger.warn('apps: the binding clinic-apps is wrong, the last good apps stay', {
      fields: fieldsOf(error),
    });
    return undefined;
  }
}

function has(apps: readonly App[], id: string): boolean {
  return apps.some(({ clientId }) => clientId === id);
}

async function remember(followed: Followed, apps: readonly App[]): Promise<void> {
  const { mongo, records } = followed;
  const known = await records.find({ _id: { $in: apps.map(({ clientId }) => clientId) } });
  for (const app of apps) {
    const digest = createHash('sha256').update(JSON.stringify(app)).digest('base64url');
    const before = known.find(({ _id }) => _id === app.clientId);
    if (before?.digest === digest && before.goneAt === undefined) continue;
    try {
      await withTransaction(mongo, (tx) => rememberOne(followed, { _id: app.clientId, digest }, tx));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // another replica was first: it has recorded it
    }
  }
}

/** Of several replicas that see the same change, one writes it down and records it. */
async function rememberOne(
  { records, audit }: Followed,
  { _id, digest }: { readonly _id: string; readonly digest: string },
  tx: Transaction,
): Promise<void> {
  const before = await records.findOne({ _id }, tx);
  if (before?.digest === digest && before.goneAt === undefined) return;
  if (before) await records.updateOne({ _id }, { $set: { digest }, $unset: { goneAt: '' } }, tx);
  else await records.insert([{ _id, digest }], tx);
  const kind: SecurityEventKind = before && before.goneAt === undefined ? 'app-changed' : 'app-registered';
  await audit.add(tx, [appEvent(kind, _id, { by: BINDING })]);
}

/** Whoever writes the Secret: identity sees no more of them. */
const BINDING = serviceAgent('identity');

async function endOthers({ mongo, records, audit, ended }: Followed, apps: readonly App[]): Promise<void> {
  const ids = apps.map(({ clientId }) => clientId);
  for (const { _id } of await records.find({ _id: { $nin: ids } })) {
    await ended(_id);
    await withTransaction(mongo, async (tx) => {
      const alive = { _id, goneAt: { $exists: false } };
      const { modifiedCount } = await records.updateOne(alive, { $set: { goneAt: new Date() } }, tx);
      if (modifiedCount === 1) await audit.add(tx, [appEvent('app-removed', _id, { by: BINDING })]);
    });
  }
}

async function follow(
  look: () => Promise<void>,
  { everyMs, signal }: { everyMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    await look();
  }
}

/** Undefined when the Secret is not mounted: it is optional. @throws what keeps it from being read */
function textOf({ bindings }: Pick<ServiceContext, 'bindings'>): string | undefined {
  try {
    return bindings.secret(SECRET)[ENTRY];
  } catch (error) {
    if (error instanceof BindingError) return undefined;
    throw error;
  }
}

function fieldsOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path }) => path.join('.')).join(', ');
  return 'not JSON';
}
