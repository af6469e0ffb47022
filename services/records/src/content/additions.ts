import { isDuplicateKey, NotFound, PreconditionFailed } from '@careplane/kit';
import type { Collection, Mongo, Transaction } from '@careplane/kit';
import { additionCollection } from './addition-record.ts';
import type { AdditionRecord } from './addition-record.ts';
import type { DocumentContent } from './document-content.ts';
import type { Owner } from './quota.ts';
import { contentCollection } from './record.ts';
import type { ContentRecord } from './record.ts';

export interface Addition {
  readonly version: number;
  readonly bytes: Buffer;
  readonly createdAt: Date;
}

/** A version of an addition. */
export interface AdditionPlace {
  /** Of the content. */
  readonly content: string;
  /** What it is. */
  readonly name: string;
  readonly version: number;
}

/**
 * What comes to a content later and is small: versions that are only ever added, each sealed under the content's own key, so that it is
 * erased with it. They are removed with the content's record.
 */
export class ContentAdditions {
  readonly #records: Collection<AdditionRecord>;
  readonly #contents: DocumentContent;
  readonly #contentRecords: Collection<ContentRecord>;

  constructor({ mongo, contents }: { readonly mongo: Mongo; readonly contents: DocumentContent }) {
    this.#records = mongo.collection<AdditionRecord>(additionCollection.name);
    this.#contents = contents;
    this.#contentRecords = mongo.collection<ContentRecord>(contentCollection.name);
  }

  /** @throws Tampered; KeyDestroyed when the patient was erased */
  async newest(content: string, name: string): Promise<Addition | undefined> {
    return this.#open(await this.#records.findOne({ content, name }, { sort: { version: -1 } }));
  }

  /** @throws as `newest` */
  async at({ content, name, version }: AdditionPlace): Promise<Addition | undefined> {
    return this.#open(await this.#records.findOne({ content, name, version }));
  }

  /** Of several who add one version at once, one has added it. @throws PreconditionFailed for the others; NotFound once the content is removed; TooManyRequests when who adds it has brought too much */
  async add(
    place: AdditionPlace,
    { bytes, by }: { readonly bytes: Uint8Array; readonly by: Owner },
    tx: Transaction,
  ): Promise<void> {
    const { content, name, version } = place;
    const sealed = await this.#contents.withKeyOf(content, (key) => key.seal(labelOf(place), bytes));
    await this.#contents.quota.add(bytes.length, by, tx);
    await this.#requireAttached(content, tx);
    const added = { sealed, bytes: bytes.length, by: by.id, createdAt: new Date() };
    const record = { _id: `${content}/${name}/${String(version)}`, content, name, version, ...added };
    try {
      await this.#records.insert([record], tx);
    } catch (error) {
      throw isDuplicateKey(error) ? new PreconditionFailed() : error;
    }
  }

  /** Of this and the removal of the content one comes first: both write its record. */
  async #requireAttached(content: string, tx: Transaction): Promise<void> {
    const { matchedCount } = await this.#contentRecords.updateOne(
      { _id: content, state: 'attached' },
      { $set: { changedAt: new Date() } },
      tx,
    );
    if (matchedCount !== 1) throw new NotFound();
  }

  async #open(record: AdditionRecord | null): Promise<Addition | undefined> {
    if (!record) return undefined;
    const { content, version, sealed, createdAt } = record;
    const bytes = await this.#contents.withKeyOf(content, (key) => key.open(labelOf(record), sealed));
    return { version, bytes, createdAt };
  }
}

function labelOf({ name, version }: Pick<AdditionPlace, 'name' | 'version'>): string {
  return `addition ${name} ${String(version)}`;
}
