import { takeTurn, TooManyRequests, turnCollection, withTransaction } from '@careplane/kit';
import type { Collection, Mongo, Transaction, Turn } from '@careplane/kit';
import { additionCollection } from './addition-record.ts';
import type { AdditionRecord } from './addition-record.ts';
import { contentCollection } from './record.ts';
import type { ContentRecord } from './record.ts';

/** What transactions write that begin contents of the same owner. */
export const uploadTurns = turnCollection('upload_turns');

/** Who uploads. */
export interface Owner {
  /** Of the account or app. */
  readonly id: string;
  /** Staff and apps answer to the clinic for what they bring; of a patient the bytes of a day are bounded. */
  readonly isPatient: boolean;
}

/** What one owner may bring; what is absent is not limited. */
export interface Quota {
  /** Contents at a time to which no document refers: uploads under way, and those that wait for their document. */
  readonly mostOpen?: number | undefined;
  /** Bytes in a day, also those that are added to a content later, whatever becomes of them. */
  readonly mostBytesADay?: number | undefined;
}

const DAY_MS = 86_400_000;
/** In seconds: it is for the owner to end what is open. */
const OPEN_AGAIN_S = 60;
const BYTES_AGAIN_S = 3_600;
const OPEN = ['uploading', 'uploaded', 'clean', 'refused'] as const;

export interface UploadQuotaOptions {
  readonly mongo: Mongo;
  /** Default: what there is room for. */
  readonly quota?: Quota;
  /** Bytes that a content may have: so many count for one whose size nobody declared. */
  readonly mostBytes: number;
}

/**
 * Keeps one owner from taking the room of all. Contents of the same owner begin one after the other, so that many at once do not pass
 * together.
 */
export class UploadQuota {
  readonly #options: UploadQuotaOptions;
  readonly #turns: Collection<Turn>;
  readonly #records: Collection<ContentRecord>;
  readonly #additions: Collection<AdditionRecord>;

  constructor(options: UploadQuotaOptions) {
    this.#options = options;
    this.#turns = options.mongo.collection<Turn>(uploadTurns.name);
    this.#records = options.mongo.collection<ContentRecord>(contentCollection.name);
    this.#additions = options.mongo.collection<AdditionRecord>(additionCollection.name);
  }

  /**
   * Inserts a content. One that is checked already is not open: the request that brought it has its document refer to it.
   * @throws TooManyRequests when the owner has no room for it
   */
  async insert(record: ContentRecord, owner: Owner | undefined): Promise<void> {
    const open = record.state === 'uploading' ? this.#options.quota?.mostOpen : undefined;
    const aDay = this.#mostADay(owner);
    if (!owner || (open === undefined && aDay === undefined)) {
      await this.#records.insert([record]);
      return;
    }
    await withTransaction(this.#options.mongo, async (tx) => {
      await takeTurn(this.#turns, tx, owner.id);
      if (open !== undefined) await this.#requireFew(owner, open, tx);
      if (aDay !== undefined) await this.#requireRoom(owner, this.#sizeOf(record), aDay, tx);
      await this.#records.insert([record], tx);
    });
  }

  /**
   * Counts bytes that are added to a content, in the transaction that adds them.
   * @throws TooManyRequests when the owner has no room for them
   */
  async add(bytes: number, owner: Owner, tx: Transaction): Promise<void> {
    const aDay = this.#mostADay(owner);
    if (aDay === undefined) return;
    await takeTurn(this.#turns, tx, owner.id);
    await this.#requireRoom(owner, bytes, aDay, tx);
  }

  #mostADay(owner: Owner | undefined): number | undefined {
    return owner?.isPatient === true ? this.#options.quota?.mostBytesADay : undefined;
  }

  /** The largest there may be where nobody said. */
  #sizeOf({ size = this.#options.mostBytes }: Pick<ContentRecord, 'size'>): number {
    return size;
  }

  async #requireFew({ id: owner }: Owner, most: number, tx: Transaction): Promise<void> {
    const open = await this.#records.count({ owner, state: { $in: OPEN } }, { limit: most, ...tx });
    if (open < most) return;
    throw new TooManyRequests(OPEN_AGAIN_S, {
      detail: `At most ${String(most)} uploads at a time: have documents refer to them, or delete them`,
    });
  }

  async #requireRoom({ id: owner }: Owner, bytes: number, most: number, tx: Transaction): Promise<void> {
    const createdAt = { $gt: new Date(Date.now() - DAY_MS) };
    const contents = await this.#records.find({ owner, createdAt }, { projection: { size: 1 }, ...tx });
    const by = { by: owner, createdAt };
    const additions = await this.#additions.find(by, { projection: { bytes: 1 }, ...tx });
    const all = [...contents.map((one) => this.#sizeOf(one)), ...additions.map((one) => one.bytes ?? 0)];
    if (all.reduce((sum, one) => sum + one, bytes) > most)
      throw new TooManyRequests(BYTES_AGAIN_S, { detail: `At most ${String(most)} bytes in a day` });
  }
}
