import { hkdfSync } from 'node:crypto';
import { Gauge } from 'prom-client';
import { securityAccess, serviceAgent } from '../audit/security-events.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ServiceContext } from '../context.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { describeError } from '../observe/describe-error.ts';
import { BlindIndex } from './blind-index.ts';
import { DataKeys } from './data-keys.ts';
import { allKeys, keyValues } from './key-entries.ts';
import type { KeyValues } from './key-entries.ts';
import type { KeyProvider } from './key-provider.ts';
import { localKeyProvider } from './local-key-provider.ts';
import { createRecordCipher } from './record-cipher.ts';
import type { RecordCipher } from './record-cipher.ts';
import { keepRewrapped, requireFittingKeys, versionsInUse } from './rewrap.ts';
import type { RewrapProgress } from './rewrap.ts';

type Context = Pick<ServiceContext, 'name' | 'bindings' | 'lifecycle' | 'logger' | 'metrics'>;

export interface ServiceKeysOptions {
  readonly mongo: Mongo;
  /** The mounted Secret that has `keyEncryptionKey` and `lookupKey`. */
  readonly secret: string;
  /** What every key and ciphertext is bound to. */
  readonly tenant: string;
  /** How long a data key stays in memory, in milliseconds. */
  readonly keyMaxAgeMs: number;
  /** What wraps data keys instead of the Secret's key, which it is given; see `chosenKeyProvider`. */
  readonly root?: (local: KeyProvider) => KeyProvider;
}

/** What a service encrypts and finds records with. */
export interface ServiceKeys {
  readonly keys: DataKeys;
  readonly cipher: RecordCipher;
  readonly index: BlindIndex;
  /** Keys of 32 bytes for another purpose, one of each lookup key, the current one first. */
  readonly derive: (purpose: string) => Buffer[];
}

/** So many ids of a list are logged. */
const SHOWN = 20;

/**
 * The keys of a service from its Secret, checked against the data. `dataKeyCollection` must be declared, and `keepDataKeys` follows once there
 * is a trail.
 * @throws KeysDoNotFit when the Secret's key is not that of the data, TypeError when one is missing
 */
export async function openServiceKeys(ctx: Context, options: ServiceKeysOptions): Promise<ServiceKeys> {
  const { mongo, secret, tenant, keyMaxAgeMs } = options;
  const encryption = (): KeyValues => keyValues(ctx.bindings, { secret, name: 'keyEncryptionKey' });
  const local = localKeyProvider({
    read: () => allKeys(encryption()),
    announced: () => encryption().next,
  });
  const provider = options.root?.(local) ?? local;
  const keys = new DataKeys({ mongo, provider, tenant, cache: { maxAgeMs: keyMaxAgeMs } });
  ctx.lifecycle.onShutdown('close', 'data keys', () => {
    keys.close();
  });
  const lookupKeys = allKeys(keyValues(ctx.bindings, { secret, name: 'lookupKey' }));
  const derive = (purpose: string): Buffer[] =>
    lookupKeys.map((key) => Buffer.from(hkdfSync('sha256', key, `careplane ${secret}`, purpose, 32)));
  try {
    await requireFittingKeys(keys);
  } catch (error) {
    ctx.logger.error('the keys do not fit the data', describeError(error));
    throw error;
  }
  return { keys, cipher: createRecordCipher(keys), index: new BlindIndex(lookupKeys), derive };
}

export interface KeepDataKeysOptions {
  readonly keys: DataKeys;
  readonly audit: AuditTrail;
  /** How often it is looked for data keys of former key versions, in milliseconds. */
  readonly everyMs: number;
}

/**
 * Records that the service has opened its keys, and then wraps data keys of former versions again, for as long as it runs, in the background.
 * What uses keys outside of an access is an entry by its purpose and count, on a majority before the first of them is opened.
 */
export function keepDataKeys(ctx: Context, { keys, audit, everyMs }: KeepDataKeysOptions): void {
  const { lifecycle, logger, metrics } = ctx;
  const agent = serviceAgent(ctx.name);
  const atFirst = async (): Promise<void> => {
    const versions = await versionsInUse(keys);
    const entities = versions.map(({ version, keys: count }) => ({
      type: 'key-version',
      id: version,
      count,
    }));
    if (entities.length > 0) await audit.record([securityAccess({ kind: 'keys-opened', agent, entities })]);
  };
  // what a pass has left is tried again by the next one: a key that cannot be unwrapped is no entry a pass
  let told = 0;
  const before = async (count: number): Promise<void> => {
    if (count === told) return;
    const entities = [{ type: 'data-key', count }];
    await audit.record([securityAccess({ kind: 'data-keys-rewrapped', agent, entities })]);
  };
  const left = new Gauge({
    name: 'careplane_data_keys_to_rewrap',
    help: 'Data keys that a former version of the key-encryption key wraps.',
    registers: [metrics.registry],
  });
  const onProgress = ({ unreadable, ...counts }: RewrapProgress): void => {
    told = counts.left;
    left.set(counts.left);
    logger.info('data keys: wrapping again', { ...counts, unreadable: unreadable.length });
    if (unreadable.length > 0)
      logger.error('data keys: some cannot be unwrapped', { ids: unreadable.slice(0, SHOWN) });
  };
  const onError = (error: unknown): void => {
    logger.warn('data keys: not wrapped again yet', describeError(error));
  };
  void keepRewrapped(keys, { signal: lifecycle.signal, everyMs, atFirst, before, onProgress, onError });
}
