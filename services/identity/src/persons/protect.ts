import {
  BlindIndex,
  createRecordCipher,
  DataKeys,
  describeError,
  keepRewrapped,
  localKeyProvider,
  pause,
  RECORD_KEY,
  requireFittingKeys,
} from '@careplane/kit';
import type { Mongo, ServiceContext } from '@careplane/kit';
import { Gauge } from 'prom-client';
import { allOf, keyValues } from '../keys/key-entries.ts';
import type { KeyValues } from '../keys/key-entries.ts';
import { CLINIC } from './kinds/kind.ts';
import type { Protection } from './sealing.ts';
import { bringUpToDate, requireFittingLookupKeys } from './upkeep.ts';

/** So many ids of a list are logged. */
const SHOWN = 20;

export interface ProtectOptions {
  readonly mongo: Mongo;
  /** What every key and ciphertext is bound to. */
  readonly tenant: string;
  readonly ownSystems: readonly string[];
  /** How long a data key stays in memory, in milliseconds. */
  readonly keyMaxAgeMs: number;
  /** How often it is looked for records and keys of former key versions, in milliseconds. */
  readonly upkeepMs: number;
}

/**
 * The protection of persons: keys from the Secret, checked against the data, then the records that a former release or a former
 * key left behind, then the same in the background. The collections must be declared.
 * @throws KeysDoNotFit when the Secret's keys are not those of the data
 */
export async function protectPersons(ctx: ServiceContext, options: ProtectOptions): Promise<Protection> {
  const { mongo, tenant, ownSystems, keyMaxAgeMs } = options;
  const encryption = (): KeyValues => keyValues(ctx.bindings, 'keyEncryptionKey');
  const provider = localKeyProvider({ read: () => allOf(encryption()), announced: () => encryption().next });
  const keys = new DataKeys({ mongo, provider, tenant, cache: { maxAgeMs: keyMaxAgeMs } });
  ctx.lifecycle.onShutdown('close', 'data keys', () => {
    keys.close();
  });
  const index = new BlindIndex(allOf(keyValues(ctx.bindings, 'lookupKey')));
  await logged(ctx, requireFittingKeys(keys));
  await logged(ctx, requireFittingLookupKeys(mongo, index));
  const protection = { keys, cipher: createRecordCipher(keys), index, ownSystems: new Set(ownSystems) };
  await makeClinicKey(keys);
  await upkeep(ctx, mongo, protection);
  void keepUp(ctx, { ...options, protection });
  return protection;
}

/** Several replicas start at once: the second finds the key that the first one made. */
async function makeClinicKey(keys: DataKeys): Promise<void> {
  const owner = { subject: CLINIC, purpose: RECORD_KEY };
  try {
    await keys.obtain(owner);
  } catch {
    await keys.obtain(owner);
  }
}

async function upkeep(ctx: ServiceContext, mongo: Mongo, protection: Protection): Promise<void> {
  const { signal } = ctx.lifecycle;
  const all = await bringUpToDate(
    { mongo, protection },
    {
      signal,
      onProgress: ({ type, done, left }) => {
        ctx.logger.info('persons: bringing up to date', { type, done, left });
      },
    },
  );
  for (const { type, failed } of all) {
    if (failed.length > 0) ctx.logger.error('persons: records cannot be read', { type, ids: failed });
  }
}

async function keepUp(
  ctx: ServiceContext,
  options: ProtectOptions & { protection: Protection },
): Promise<void> {
  const { mongo, protection, upkeepMs } = options;
  const { signal } = ctx.lifecycle;
  const left = new Gauge({
    name: 'careplane_data_keys_to_rewrap',
    help: 'Data keys that a former version of the key-encryption key wraps.',
    registers: [ctx.metrics.registry],
  });
  void keepRewrapped(protection.keys, {
    signal,
    everyMs: upkeepMs,
    onProgress: (progress) => {
      left.set(progress.left);
      const { unreadable, ...counts } = progress;
      ctx.logger.info('data keys: wrapping again', { ...counts, unreadable: unreadable.length });
      if (unreadable.length > 0)
        ctx.logger.error('data keys: some cannot be unwrapped', { ids: unreadable.slice(0, SHOWN) });
    },
    onError: (error) => {
      ctx.logger.warn('data keys: not wrapped again yet', describeError(error));
    },
  });
  for (;;) {
    await pause(upkeepMs, signal);
    if (signal.aborted) return;
    try {
      await upkeep(ctx, mongo, protection);
    } catch (error) {
      ctx.logger.warn('persons: not brought up to date yet', describeError(error));
    }
  }
}

async function logged(ctx: ServiceContext, check: Promise<void>): Promise<void> {
  try {
    await check;
  } catch (error) {
    ctx.logger.error('the keys do not fit the data', describeError(error));
    throw error;
  }
}
