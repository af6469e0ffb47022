import type { ServiceContext } from '../context.ts';
import { describeError } from '../observe/describe-error.ts';
import { keepDoing } from '../resilience/keep-doing.ts';
import type { KeepDoing } from '../resilience/keep-doing.ts';
import type { ErasureLedger, LedgerEntry } from './ledger.ts';

export interface ApplyLedgerOptions {
  readonly ledger: Pick<ErasureLedger, 'page'>;
  /** Those of a page that are not erased here: of a restored database, or not told of yet. */
  readonly missing: (page: readonly LedgerEntry[]) => Promise<readonly LedgerEntry[]>;
  readonly erase: (erasure: LedgerEntry) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Erases whom identity knows as erased and this service does not. @returns how many */
export async function applyLedger({ ledger, missing, erase, signal }: ApplyLedgerOptions): Promise<number> {
  let applied = 0;
  for (let after = ''; ;) {
    const page = await ledger.page(after, signal);
    const last = page.at(-1);
    if (!last) return applied;
    for (const erasure of await missing(page)) {
      await erase(erasure);
      applied += 1;
    }
    after = last.patientId;
  }
}

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Compares with identity's ledger for as long as the service runs. It resolves when that was done once: until then nothing is served
 * that a restored database may have brought back.
 */
export async function keepCompared(
  ctx: Pick<ServiceContext, 'lifecycle' | 'logger'>,
  compare: () => Promise<void>,
  everyMs: number,
): Promise<void> {
  const first = Promise.withResolvers<undefined>();
  const round = async (): Promise<void> => {
    await compare();
    first.resolve(undefined);
  };
  const onError: KeepDoing['onError'] = (error, failures) => {
    if (failures === 0) ctx.logger.warn('erasures: waiting for the ledger', describeError(error));
  };
  const comparing = keepDoing(round, { signal: ctx.lifecycle.signal, everyMs, backoff: BACKOFF, onError });
  await Promise.race([first.promise, comparing]);
}
