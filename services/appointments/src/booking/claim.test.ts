import { describe, expect, it } from '@jest/globals';
import type { Transaction } from '@careplane/kit';
import { MongoServerError } from 'mongodb';
import type { Store } from '../store.ts';
import { claimCells, ClaimLost, conflictOf, freeCells, isTaken } from './claim.ts';
import { PATIENT_CELL, PRACTITIONER_CELL } from './collections.ts';
import type { AppointmentRecord, CellRecord } from './records.ts';

const tx = { session: 'of the booking' } as unknown as Transaction;

/** What the server says when a unique index has the key already. */
function duplicate(index: string, code = 11_000, id?: string): MongoServerError {
  const key = id === undefined ? 'cell: 10' : `_id: "${id}"`;
  const message = `E11000 duplicate key error collection: clinic.cells index: ${index} dup key: { ${key} }`;
  return new MongoServerError({ message, code });
}

type Span = { readonly cell: { readonly $gte: number; readonly $lt: number } };

/** Cells in memory, under the unique indexes of the collection. */
class Cells {
  readonly store = { cells: this } as unknown as Store;
  readonly all: CellRecord[] = [];
  /** What each operation was given beside what it is about. */
  readonly options: unknown[] = [];
  failure: Error | undefined;

  insert(documents: readonly CellRecord[], options: unknown): Promise<void> {
    this.options.push(options);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    for (const { _id, cell, practitionerId, patientId } of documents) {
      if (this.all.some((other) => other._id === _id)) return Promise.reject(duplicate('_id_', 11_000, _id));
      const same = this.all.filter((other) => other.cell === cell);
      if (same.some((other) => other.practitionerId === practitionerId))
        return Promise.reject(duplicate(PRACTITIONER_CELL));
      if (same.some((other) => other.patientId === patientId)) return Promise.reject(duplicate(PATIENT_CELL));
    }
    this.all.push(...documents);
    return Promise.resolve();
  }

  deleteMany(filter: Span & Partial<CellRecord>, options: unknown): Promise<void> {
    this.options.push(options);
    const gone = new Set(this.all.filter((cell) => matches(cell, filter)));
    this.all.splice(0, Infinity, ...this.all.filter((cell) => !gone.has(cell)));
    return Promise.resolve();
  }

  findOne(filter: Span & Partial<CellRecord>, options: unknown): Promise<CellRecord | null> {
    this.options.push(options);
    return Promise.resolve(this.all.find((cell) => matches(cell, filter)) ?? null);
  }
}

function matches(record: CellRecord, { cell: { $gte, $lt }, ...equal }: Span & Partial<CellRecord>): boolean {
  const entries = Object.entries(equal) as [keyof CellRecord, unknown][];
  return record.cell >= $gte && record.cell < $lt && entries.every(([key, value]) => record[key] === value);
}

function appointment(id: string, changes: Partial<AppointmentRecord> = {}): AppointmentRecord {
  return {
    _id: id,
    status: 'booked',
    scheduleId: 's',
    practitionerId: 'doc',
    patientId: 'ann',
    start: 10,
    end: 20,
    version: 1,
    created: new Date(0),
    updated: new Date(0),
    ...changes,
  };
}

describe('why a write of cells was refused', () => {
  it('is the actor whose cell is there: the practitioner, or the patient', () => {
    expect(conflictOf(duplicate('_id_', 11_000, 'Practitioner/Patient|10'))).toBe('slot-taken');
    expect(conflictOf(duplicate('_id_', 11_000, 'Patient/Practitioner|10'))).toBe('patient-busy');
  });

  it('is the index of the former version that has the key', () => {
    expect(conflictOf(duplicate(PRACTITIONER_CELL))).toBe('slot-taken');
    expect(conflictOf(duplicate(PATIENT_CELL))).toBe('patient-busy');
  });

  it.each([
    ['another index', duplicate('_id_')],
    ['an index whose name begins alike', duplicate(`${PATIENT_CELL}_and_more`)],
    ['another fault that names the index', duplicate(PRACTITIONER_CELL, 112)],
    ['no fault of the database', new Error(duplicate(PRACTITIONER_CELL).message)],
    ['nothing', undefined],
  ])('is not known for %s', (_, error) => {
    expect(conflictOf(error)).toBeUndefined();
  });
});

describe('a claim', () => {
  it('takes every cell that the visit touches, for its practitioner and its patient, in the transaction', async () => {
    const cells = new Cells();
    await claimCells(cells.store, tx, appointment('one'));
    const of = { practitionerId: 'doc', patientId: 'ann', appointmentId: 'one' };
    expect(cells.all).toEqual([
      { _id: 'Practitioner/doc|10', ...of, cell: 10 },
      { _id: 'Practitioner/doc|15', ...of, cell: 15 },
      { _id: 'Patient/ann|10', ...of, cell: 10.5 },
      { _id: 'Patient/ann|15', ...of, cell: 15.5 },
    ]);
    expect(cells.options).toEqual([tx]);
  });

  it('is lost to a visit of the same practitioner, or of the same patient, that shares a cell', async () => {
    const cells = new Cells();
    await claimCells(cells.store, tx, appointment('one'));
    const lost = async (changes: Partial<AppointmentRecord>): Promise<unknown> =>
      claimCells(cells.store, tx, appointment('two', { start: 15, end: 25, ...changes })).catch(
        (error: unknown) => error,
      );
    const taken = await lost({ patientId: 'bob' });
    expect(taken).toBeInstanceOf(ClaimLost);
    expect(taken).toMatchObject({ name: 'ClaimLost', message: 'slot-taken', conflict: 'slot-taken' });
    expect(await lost({ practitionerId: 'other' })).toMatchObject({ conflict: 'patient-busy' });
    expect(await lost({ start: 20 })).toBeUndefined();
  });

  it('fails with what the database says when that is no conflict: the transaction knows what to repeat', async () => {
    const cells = new Cells();
    cells.failure = duplicate(PRACTITIONER_CELL, 112);
    await expect(claimCells(cells.store, tx, appointment('one'))).rejects.toBe(cells.failure);
  });
});

describe('cells that are freed', () => {
  it('are those of the appointment, and of no other', async () => {
    const cells = new Cells();
    await claimCells(cells.store, tx, appointment('one'));
    await claimCells(cells.store, tx, appointment('next', { start: 20, end: 25, patientId: 'bob' }));
    await claimCells(cells.store, tx, appointment('beside', { practitionerId: 'other', patientId: 'bob' }));
    await freeCells(cells.store, tx, appointment('one'));
    expect(cells.all.map(({ appointmentId, _id }) => [appointmentId, _id])).toEqual([
      ['next', 'Practitioner/doc|20'],
      ['next', 'Patient/bob|20'],
      ['beside', 'Practitioner/other|10'],
      ['beside', 'Practitioner/other|15'],
      ['beside', 'Patient/bob|10'],
      ['beside', 'Patient/bob|15'],
    ]);
    expect(cells.options.at(-1)).toBe(tx);
  });

  it('are not those that a later visit has taken in their place', async () => {
    const cells = new Cells();
    await claimCells(cells.store, tx, appointment('later'));
    await freeCells(cells.store, tx, appointment('one'));
    expect(cells.all.map(({ appointmentId }) => appointmentId)).toEqual(Array<string>(4).fill('later'));
  });

  it('are those that a visit beside the grid begins in, too', async () => {
    const cells = new Cells();
    const beside = appointment('one', { start: 12, end: 17 });
    await claimCells(cells.store, tx, beside);
    expect(await isTaken(cells.store, 'doc', { start: 13, end: 14 })).toBe(true);
    await freeCells(cells.store, tx, beside);
    expect(cells.all).toEqual([]);
  });

  it('are those that the former version has claimed: one document a cell', async () => {
    const cells = new Cells();
    const former = { practitionerId: 'doc', patientId: 'ann', appointmentId: 'one', cell: 10 };
    cells.all.push({ _id: 'an ObjectId', ...former });
    const taken = { start: 10, end: 15 };
    const claim = (id: string, changes: object): Promise<void> =>
      claimCells(cells.store, tx, appointment(id, { ...taken, ...changes }));
    await expect(claim('two', { patientId: 'bob' })).rejects.toMatchObject({ conflict: 'slot-taken' });
    await expect(claim('two', { practitionerId: 'other' })).rejects.toMatchObject({
      conflict: 'patient-busy',
    });
    await freeCells(cells.store, tx, appointment('one', taken));
    expect(cells.all).toEqual([]);
  });
});

describe('the time of a practitioner', () => {
  it('is taken where a visit of theirs shares a cell, half-open at both ends', async () => {
    const cells = new Cells();
    await claimCells(cells.store, tx, appointment('one'));
    const taken = (start: number, end: number, practitioner = 'doc'): Promise<boolean> =>
      isTaken(cells.store, practitioner, { start, end });
    expect([await taken(5, 15), await taken(15, 25), await taken(10, 20)]).toEqual([true, true, true]);
    expect([await taken(0, 10), await taken(20, 30), await taken(10, 20, 'other')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is looked up in the index alone', async () => {
    const cells = new Cells();
    await isTaken(cells.store, 'doc', { start: 10, end: 20 });
    expect(cells.options).toEqual([{ projection: { _id: 0, cell: 1 } }]);
  });
});
