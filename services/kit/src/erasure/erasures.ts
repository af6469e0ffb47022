import type { ServiceContext } from '../context.ts';
import type { EventHandlers } from '../events/consume.ts';
import type { Collection } from '../mongo/collection.ts';
import type { CollectionSpec } from '../mongo/collections.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { withTransaction } from '../mongo/transaction.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { registerCount } from '../observe/count-gauge.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { backoffMs } from '../resilience/backoff.ts';
import { createWake } from '../resilience/wake.ts';
import type { Wake } from '../resilience/wake.ts';
import { applyLedger, keepCompared } from './apply-ledger.ts';
import type { ErasureLedger, LedgerEntry } from './ledger.ts';

/** That a patient was erased: it stays, so that nothing about them is kept again. */
export interface ErasedPatient {
  /** The patient's id. */
  _id: string;
  erasureId: string;
  /** A keyed digest of both by identity: a service that is not identity can make none, and so have nobody erased. */
  proof: string;
  /** When this service has heard of it. */
  erasedAt: Date;
  /** When everything was removed for the first time. */
  removedAt?: Date;
  /** When it was removed again after the last writer may have ended, and said so. */
  doneAt?: Date;
}

export const erasedCollection: CollectionSpec = {
  name: 'erased_patients',
  indexes: [{ key: { doneAt: 1, erasedAt: 1 }, name: 'unfinished' }],
};

/** What a service does about the patients whose data it keeps. */
export interface Keeping {
  /** Destroys the patient's keys, within the transaction of the tombstone. Absent: it has none. */
  readonly destroyKeys?: (patientId: string, tx: Transaction) => Promise<void>;
  /** Removes everything about a patient; repeated, it removes what was written late. */
  readonly remove: (patientId: string, signal: AbortSignal) => Promise<void>;
  /** Those of these patients about whom something is kept, or whose keys are there. */
  readonly keptOf: (patientIds: readonly string[]) => Promise<readonly string[]>;
}

export interface ErasuresOptions extends Keeping {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly ledger: ErasureLedger;
  /**
   * How long a request that began before may go on to write, and a replica may know a destroyed key, in milliseconds. What came
   * meanwhile is removed after that, and only then it is done.
   */
  readonly settleMs: number;
  /** How often identity's ledger is compared, in milliseconds. */
  readonly everyMs: number;
}

export interface Erasures {
  readonly handlers: EventHandlers;
  /** Whether a patient was erased: what comes about them is dropped. */
  isErased(patientId: string, tx?: Transaction): Promise<boolean>;
}

const PAGE = 500;
const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Erases patients: a tombstone and the end of their keys in one transaction, then everything that is kept about them, at once and again
 * when the last writer must have ended; then identity is told. What is left to do is in the tombstones: it goes on after a crash.
 *
 * It resolves when identity's ledger was compared: a database that was restored from before an erasure is not served from until
 * the erasure was done again. `erasedCollection` must be declared.
 */
export async function openErasures(ctx: ServiceContext, options: ErasuresOptions): Promise<Erasures> {
  const { mongo } = options;
  const { signal } = ctx.lifecycle;
  const tombstones = mongo.collection<ErasedPatient>(erasedCollection.name);
  const asked = createWake();
  registerCount(ctx, {
    name: 'careplane_erasures_unfinished',
    help: 'Erased patients of whom this service has not removed everything yet.',
    count: () => tombstones.count(UNFINISHED, { maxTimeMS: 1_000 }),
  });
  const erase = async (erasure: LedgerEntry): Promise<void> => {
    await withTransaction(mongo, (tx) => begin(tombstones, options, erasure, tx));
    asked.ring();
  };
  const compare = async (): Promise<void> => {
    await reportTombstones(tombstones, options.ledger, signal);
    const missing = (page: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> =>
      notErased(tombstones, options, page);
    const applied = await applyLedger({ ledger: options.ledger, missing, erase, signal });
    if (applied > 0) ctx.logger.warn('erasures: done again', { patients: applied });
  };
  await keepCompared(ctx, compare, options.everyMs);
  const working = keepErasing(ctx, { tombstones, options, asked });
  ctx.lifecycle.onShutdown('close', 'erasures', () => working);
  return {
    handlers: {
      'patient.erased': async ({ data }) => {
        await erase(data);
        return 'ok';
      },
    },
    isErased: async (patientId, tx) => (await tombstones.count({ _id: patientId }, { ...tx, limit: 1 })) > 0,
  };
}

/** In a query null stands for a field that is not there. */
const UNFINISHED = { doneAt: null as unknown as Date };

/** Told again, it is done and said again: the answer may have been lost. */
async function begin(
  tombstones: Collection<ErasedPatient>,
  { destroyKeys }: Keeping,
  { patientId, erasureId, proof }: LedgerEntry,
  tx: Transaction,
): Promise<void> {
  const erasedAt = new Date();
  const { matchedCount } = await tombstones.updateOne(
    { _id: patientId },
    { $set: { erasureId, proof, erasedAt }, $unset: { doneAt: '', removedAt: '' } },
    tx,
  );
  if (matchedCount === 0) await tombstones.insert([{ _id: patientId, erasureId, proof, erasedAt }], tx);
  await destroyKeys?.(patientId, tx);
}

/** Without a tombstone, or with data that a restore has brought back. */
async function notErased(
  tombstones: Collection<ErasedPatient>,
  { keptOf }: Keeping,
  page: readonly LedgerEntry[],
): Promise<readonly LedgerEntry[]> {
  const ids = page.map(({ patientId }) => patientId);
  const found = await tombstones.find({ _id: { $in: ids } });
  const known = new Map(found.map((tombstone) => [tombstone._id, tombstone]));
  const kept = new Set(await keptOf(ids));
  return page.filter(({ patientId }) => {
    const tombstone = known.get(patientId);
    return !tombstone || (tombstone.doneAt !== undefined && kept.has(patientId));
  });
}

/** Identity's own database may have been restored, too. */
async function reportTombstones(
  tombstones: Collection<ErasedPatient>,
  ledger: ErasureLedger,
  signal: AbortSignal,
): Promise<void> {
  for (let after = ''; ;) {
    const page = await tombstones.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE });
    const last = page.at(-1);
    if (!last) return;
    await ledger.report(
      page.map(({ _id: patientId, erasureId, proof }) => ({ patientId, erasureId, proof })),
      signal,
    );
    after = last._id;
  }
}

interface Work {
  readonly tombstones: Collection<ErasedPatient>;
  readonly options: ErasuresOptions;
  /** Rings when one has come. */
  readonly asked: Wake;
}

async function keepErasing(ctx: ServiceContext, work: Work): Promise<void> {
  const { signal } = ctx.lifecycle;
  const isOver = (): boolean => signal.aborted;
  for (let failures = 0; !isOver();) {
    let waitMs = work.options.everyMs;
    try {
      waitMs = Math.min(waitMs, await eraseUnfinished(ctx, work));
      failures = 0;
    } catch (error) {
      if (isOver()) return;
      ctx.logger.warn('erasures: not finished yet', describeError(error));
      waitMs = backoffMs(failures, BACKOFF);
      failures += 1;
    }
    await work.asked.sleep(waitMs, signal);
  }
}

/** @returns in how many milliseconds the next one may be finished */
async function eraseUnfinished(ctx: ServiceContext, { tombstones, options }: Work): Promise<number> {
  const { signal } = ctx.lifecycle;
  const { settleMs } = options;
  let next = Infinity;
  for (const tombstone of await tombstones.find(UNFINISHED, { sort: { erasedAt: 1 }, limit: PAGE })) {
    if (signal.aborted) return next;
    const leftMs = tombstone.erasedAt.getTime() + settleMs - Date.now();
    if (leftMs > 0) next = Math.min(next, leftMs);
    if (leftMs > 0 && tombstone.removedAt) continue;
    await options.remove(tombstone._id, signal);
    if (leftMs > 0) await tombstones.updateOne(sameOf(tombstone), { $set: { removedAt: new Date() } });
    else await finish(ctx, { tombstones, options }, tombstone);
  }
  return next;
}

/** One that was begun anew meanwhile is left as it is. */
function sameOf({ _id, erasedAt }: ErasedPatient): { _id: string; erasedAt: Date } {
  return { _id, erasedAt };
}

async function finish(
  { name: service }: Pick<ServiceContext, 'name'>,
  { tombstones, options: { mongo, outbox } }: Pick<Work, 'tombstones' | 'options'>,
  tombstone: ErasedPatient,
): Promise<void> {
  const { _id: patientId, erasureId } = tombstone;
  await withTransaction(mongo, async (tx) => {
    const filter = { ...sameOf(tombstone), ...UNFINISHED };
    const { matchedCount } = await tombstones.updateOne(filter, { $set: { doneAt: new Date() } }, tx);
    if (matchedCount === 0) return;
    await outbox.add(tx, 'patient.erasure.done', {
      subject: patientId,
      data: { erasureId, patientId, service },
    });
  });
}
