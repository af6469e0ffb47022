import { describeError, keepDataKeys, keepDoing, openServiceKeys, pause, RECORD_KEY } from '@careplane/kit';
import type { AuditTrail, Mongo, ServiceContext } from '@careplane/kit';
import { KEYS_SECRET } from '../keys/key-entries.ts';
import { CLINIC } from './kinds/kind.ts';
import type { Protection } from './sealing.ts';
import { bringUpToDate, requireFittingLookupKeys } from './upkeep.ts';

export interface ProtectOptions {
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
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
  const { mongo, audit, ownSystems } = options;
  const { keys, cipher, index } = await openServiceKeys(ctx, { ...options, secret: KEYS_SECRET });
  await logged(ctx, requireFittingLookupKeys(mongo, index));
  keepDataKeys(ctx, { keys, audit, everyMs: options.upkeepMs });
  const protection = { keys, cipher, index, ownSystems: new Set(ownSystems) };
  await keys.obtain({ subject: CLINIC, purpose: RECORD_KEY });
  await upkeep(ctx, mongo, protection);
  void keepUp(ctx, { ...options, protection });
  return protection;
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
  await pause(upkeepMs, signal);
  const onError = (error: unknown): void => {
    ctx.logger.warn('persons: not brought up to date yet', describeError(error));
  };
  await keepDoing(() => upkeep(ctx, mongo, protection), { signal, everyMs: upkeepMs, onError });
}

async function logged(ctx: ServiceContext, check: Promise<void>): Promise<void> {
  try {
    await check;
  } catch (error) {
    ctx.logger.error('the keys do not fit the data', describeError(error));
    throw error;
  }
}
