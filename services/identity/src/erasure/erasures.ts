import { randomUUID } from 'node:crypto';
import { Conflict, erasedCollection, isDuplicateKey, NotFound, withTransaction } from '@careplane/kit';
import type {
  AuditTrail,
  Collection,
  ErasedPatient,
  LedgerEntry,
  Logger,
  Mongo,
  Outbox,
  Transaction,
} from '@careplane/kit';
import type { ErasureProofs } from './proofs.ts';
import type { AskedBy, LegalHolds } from './legal-holds.ts';
import { ERASURES } from './records.ts';
import type { ErasureReason, ErasureRecord, ErasureState } from './records.ts';

export interface ErasuresParts {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly holds: LegalHolds;
  /** All records of the human whose record this is. */
  recordsOf(patientId: string): Promise<readonly string[]>;
  /** Destroys keys and removes what identity keeps. @returns accounts whose sessions are to be ended */
  remove(patientId: string, tx: Transaction): Promise<readonly string[]>;
  /** Makes and checks proofs that an erasure was one of this clinic's. */
  readonly proofs: ErasureProofs;
  readonly logger: Pick<Logger, 'error'>;
  /** Who keeps data about patients beside identity. */
  readonly services: readonly string[];
  /** How long an approved erasure can still be withdrawn, in milliseconds. */
  readonly graceMs: number;
  /** How long a request that began before may go on to write, in milliseconds. */
  readonly settleMs: number;
  /** After what time services that have not answered are told again, in milliseconds. */
  readonly tellAgainMs: number;
}

const DAY_MS = 86_400_000;
const IDENTITY = 'identity';
const MOST_LISTED = 200;
const MOST_AT_ONCE = 100;

/**
 * Erasures of patients: asked for, approved by somebody else, due after a time, held by legal holds; then keys and data are destroyed
 * here, and every other service is told until it has said that nothing is left.
 */
export class Erasures {
  readonly records: Collection<ErasureRecord>;
  /** The ledger: it stays for ever, so that a restored backup is erased again. */
  readonly erased: Collection<ErasedPatient>;
  readonly #parts: ErasuresParts;

  constructor(parts: ErasuresParts) {
    this.#parts = parts;
    this.records = parts.mongo.collection<ErasureRecord>(ERASURES);
    this.erased = parts.mongo.collection<ErasedPatient>(erasedCollection.name);
  }

  /** @throws Conflict when an erasure of the patient is under way */
  async ask(patientId: string, reason: ErasureReason, by: AskedBy): Promise<ErasureRecord> {
    const record: ErasureRecord = {
      _id: randomUUID(),
      patients: await this.#parts.recordsOf(patientId),
      reason,
      state: 'asked',
      open: true,
      askedBy: by.subject.id,
      askedAt: new Date(),
    };
    try {
      return await this.#change(patientId, by, async (tx) => {
        await this.records.insert([record], tx);
        return record;
      });
    } catch (error) {
      throw isDuplicateKey(error) ? new Conflict('An erasure of this patient is under way') : error;
    }
  }

  /** By somebody else than who asked. @throws NotFound; Conflict */
  approve(patientId: string, id: string, by: AskedBy): Promise<ErasureRecord> {
    const approvedAt = new Date();
    const dueAt = new Date(approvedAt.getTime() + this.#parts.graceMs);
    return this.#change(patientId, by, async (tx) => {
      const asked = {
        _id: id,
        patients: patientId,
        state: 'asked' as const,
        askedBy: { $ne: by.subject.id },
      };
      const approval = { state: 'approved' as const, approvedBy: by.subject.id, approvedAt, dueAt };
      const approved = await this.records.findOneAndUpdate(asked, { $set: approval }, tx);
      return (
        approved ?? this.#refuse(id, patientId, 'It waits for nobody, or for somebody else than who asked')
      );
    });
  }

  /** Until it is due and done. @throws NotFound; Conflict */
  withdraw(patientId: string, id: string, by: AskedBy): Promise<ErasureRecord> {
    return this.#change(patientId, by, async (tx) => {
      const pending: ErasureState[] = ['asked', 'approved'];
      const withdrawn = await this.records.findOneAndUpdate(
        { _id: id, patients: patientId, state: { $in: pending } },
        { $set: { state: 'withdrawn', withdrawnBy: by.subject.id }, $unset: { open: '' } },
        tx,
      );
      return withdrawn ?? this.#refuse(id, patientId, 'It is done, or was withdrawn before');
    });
  }

  /** The latest first. */
  list(filter: { readonly patientId?: string; readonly state?: ErasureState }): Promise<ErasureRecord[]> {
    const { patientId, state } = filter;
    return this.records.find(
      {
        ...(patientId === undefined ? {} : { patients: patientId }),
        ...(state === undefined ? {} : { state }),
      },
      { sort: { askedAt: -1 }, limit: MOST_LISTED },
    );
  }

  /** Erases those that are due and that nothing holds. @returns how many were erased */
  async eraseDue(now = new Date()): Promise<number> {
    const due = await this.records.find(
      { state: 'approved', dueAt: { $lte: now } },
      { sort: { dueAt: 1 }, limit: MOST_AT_ONCE },
    );
    let erased = 0;
    for (const { _id, patients } of due) {
      const [named = ''] = patients;
      const all = [...new Set([...patients, ...(await this.#parts.recordsOf(named))])];
      if (await withTransaction(this.#parts.mongo, (tx) => this.#erase(tx, _id, all))) erased += 1;
    }
    return erased;
  }

  /** That a service has nothing about a patient any more. Repeated or late it changes nothing. */
  async doneBy(service: string, { erasureId, patientId }: Omit<LedgerEntry, 'proof'>): Promise<void> {
    await this.records.updateOne({ _id: erasureId }, { $pull: { left: `${service} ${patientId}` } });
    await this.records.updateOne(
      { _id: erasureId, state: 'erasing', left: [] },
      { $set: { state: 'done', doneAt: new Date() }, $unset: { open: '' } },
    );
  }

  /** Removes here again what was written late, and tells services again that have not answered. */
  async finish(now = new Date()): Promise<void> {
    const { mongo, settleMs, tellAgainMs } = this.#parts;
    const before = (ms: number): Date => new Date(now.getTime() - ms);
    await this.#forgetRemovedServices();
    const settled = { state: 'erasing' as const, erasedAt: { $lte: before(settleMs) } };
    for (const { _id: erasureId, patients, left = [] } of await this.#some(settled)) {
      for (const patientId of patients) {
        if (!left.includes(`${IDENTITY} ${patientId}`)) continue;
        await withTransaction(mongo, (tx) => this.#parts.remove(patientId, tx));
        await this.doneBy(IDENTITY, { erasureId, patientId });
      }
    }
    for (const record of await this.#some({ state: 'erasing', toldAt: { $lte: before(tellAgainMs) } }))
      await withTransaction(mongo, (tx) => this.#tell(tx, record, now));
  }

  /** How many were begun a day ago, and some service has not said yet that nothing is left. */
  overdue(now = new Date()): Promise<number> {
    const begun = new Date(now.getTime() - DAY_MS);
    return this.records.count({ state: 'erasing', erasedAt: { $lte: begun } }, { maxTimeMS: 1_000 });
  }

  /** Whether a patient was erased. */
  async isErased(patientId: string, tx?: Transaction): Promise<boolean> {
    return (await this.erased.count({ _id: patientId }, { ...tx, limit: 1 })) > 0;
  }

  /** The ledger, in the order of patients' ids. */
  async page(after: string, limit = 500): Promise<LedgerEntry[]> {
    const found = await this.erased.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit });
    return found.map(({ _id: patientId, erasureId, proof }) => ({ patientId, erasureId, proof }));
  }

  /**
   * Erases again those that this database does not know of: it was restored from before. What others say counts only with the proof.
   * @returns how many
   */
  async restore(told: readonly LedgerEntry[]): Promise<number> {
    const entries = told.filter((entry) => this.#parts.proofs.isProven(entry));
    if (entries.length < told.length)
      this.#parts.logger.error('erasures: told of some that are not proven', {
        count: told.length - entries.length,
      });
    const ids = entries.map(({ patientId }) => patientId);
    const known = new Set((await this.erased.find({ _id: { $in: ids } })).map(({ _id }) => _id));
    const lost = entries.filter(({ patientId }) => !known.has(patientId));
    for (const entry of lost) await withTransaction(this.#parts.mongo, (tx) => this.#again(tx, entry));
    return lost.length;
  }

  /** Of an erasure that is still to come in this database, it comes now; of one that it does not know, a record is made. */
  async #again(tx: Transaction, { erasureId, patientId }: LedgerEntry): Promise<void> {
    const record = await this.records.findOne({ _id: erasureId }, tx);
    const at = new Date();
    if (!record) {
      await this.records.deleteMany({ patients: patientId, open: true }, tx);
      const asked = { reason: 'patient-request', state: 'approved', askedBy: IDENTITY, askedAt: at } as const;
      await this.records.insert([{ _id: erasureId, patients: [patientId], open: true, ...asked }], tx);
    }
    await this.#destroy(tx, erasureId, record?.patients ?? [patientId]);
  }

  async #erase(tx: Transaction, erasureId: string, patients: readonly string[]): Promise<boolean> {
    const still = await this.records.findOne({ _id: erasureId, state: 'approved' }, tx);
    if (!still || (await this.#parts.holds.isHeld(patients, new Date(), tx))) return false;
    await this.#destroy(tx, erasureId, patients);
    return true;
  }

  async #destroy(tx: Transaction, erasureId: string, patients: readonly string[]): Promise<void> {
    const { audit, services } = this.#parts;
    const erasedAt = new Date();
    const accounts: string[] = [];
    for (const patientId of patients) {
      accounts.push(...(await this.#parts.remove(patientId, tx)));
      await this.erased.deleteMany({ _id: patientId }, tx);
      await this.erased.insert(
        [{ _id: patientId, erasureId, proof: this.#proofOf(erasureId, patientId), erasedAt }],
        tx,
      );
    }
    const left = patients.flatMap((id) => [IDENTITY, ...services].map((service) => `${service} ${id}`));
    const erasing = { state: 'erasing' as const, patients, erasedAt, left, accounts };
    await this.records.updateOne({ _id: erasureId }, { $set: erasing }, tx);
    await this.#tell(tx, { _id: erasureId, patients }, erasedAt);
    const entities = patients.map((id) => ({ type: 'Patient', id }));
    await audit.add(tx, [{ action: 'erase', outcome: 'granted', agent: { role: 'service' }, entities }]);
  }

  async #tell(
    tx: Transaction,
    { _id: erasureId, patients }: Pick<ErasureRecord, '_id' | 'patients'>,
    toldAt: Date,
  ): Promise<void> {
    await this.records.updateOne({ _id: erasureId }, { $set: { toldAt } }, tx);
    for (const patientId of patients)
      await this.#parts.outbox.add(tx, 'patient.erased', {
        subject: patientId,
        data: { erasureId, patientId, proof: this.#proofOf(erasureId, patientId) },
      });
  }

  /** Nobody waits for a service that is not of the clinic any more. */
  async #forgetRemovedServices(): Promise<void> {
    const known = new Set([IDENTITY, ...this.#parts.services]);
    for (const { _id: erasureId, left = [] } of await this.#some({ state: 'erasing' })) {
      for (const [service = '', patientId = ''] of left.map((one) => one.split(' ')))
        if (!known.has(service)) await this.doneBy(service, { erasureId, patientId });
    }
  }

  #proofOf(erasureId: string, patientId: string): string {
    return this.#parts.proofs.prove({ erasureId, patientId });
  }

  #some(filter: Parameters<Collection<ErasureRecord>['find']>[0]): Promise<ErasureRecord[]> {
    return this.records.find(filter, { sort: { erasedAt: 1 }, limit: MOST_AT_ONCE });
  }

  #change(
    patientId: string,
    { signal, audit }: AskedBy,
    change: (tx: Transaction) => Promise<ErasureRecord>,
  ): Promise<ErasureRecord> {
    const work = async (tx: Transaction): Promise<ErasureRecord> => {
      const changed = await change(tx);
      await audit.written(tx, { resourceType: 'Patient', id: patientId });
      return changed;
    };
    return withTransaction(this.#parts.mongo, work, { signal });
  }

  async #refuse(id: string, patientId: string, detail: string): Promise<never> {
    if ((await this.records.count({ _id: id, patients: patientId })) === 0) throw new NotFound();
    throw new Conflict(detail);
  }
}
