import { randomUUID } from 'node:crypto';
import { Conflict, HttpProblem, NotFound } from '@careplane/kit';
import type { Collection, Transaction } from '@careplane/kit';
import { CHUNK_BYTES } from '../chunks/index.ts';
import type { ByteRange } from '../chunks/index.ts';
import { removeAdditions } from './addition-record.ts';
import { appendPart } from './append.ts';
import type { Appended, Piece } from './append.ts';
import { checkContent } from './check.ts';
import { contentOf, manifestOf, uploadOf } from './content.ts';
import type { Content, ContentOptions, Declaration, OpenedContent, Upload } from './content.ts';
import { ContentKeys } from './content-keys.ts';
import type { ContentKey } from './content-keys.ts';
import { ContentRefused, ContentTooLarge, isAnswer, OffsetConflict } from './errors.ts';
import { openManifest, sealDeclared, sealManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { readRange } from './read-range.ts';
import { UploadQuota } from './quota.ts';
import { contentCollection } from './record.ts';
import type { ContentRecord, DocumentPlace } from './record.ts';
import { given } from './sources.ts';

/**
 * Contents of documents: taken in requests of any size, checked as a whole, opened once a record refers to them. Every change is one
 * conditional update of the content's record, so of two requests that do the same at once one is told so, and a process that dies
 * leaves what was committed. The collections `contentCollection` and those of the keys and the blobs must be declared.
 */
export class DocumentContent {
  readonly #records: Collection<ContentRecord>;
  readonly #keys: ContentKeys;
  readonly quota: UploadQuota;
  readonly #options: ContentOptions;

  constructor(options: ContentOptions) {
    this.#options = options;
    this.quota = new UploadQuota(options);
    this.#records = options.mongo.collection<ContentRecord>(contentCollection.name);
    this.#keys = new ContentKeys(options.keys);
  }

  /** Begins an upload. @throws HttpProblem 415 type, 413 size, 429 quota; KeyDestroyed when the patient was erased */
  async begin(place: DocumentPlace, declaration: Declaration): Promise<Upload> {
    const record = await this.#declared(place, declaration);
    await this.quota.insert(record, declaration.owner);
    return uploadOf(record);
  }

  /**
   * Takes a content whose bytes are all here, and checks it; a record may then refer to it.
   * @throws as `begin`, and ContentRefused, Unavailable as `finish`
   */
  async store(place: DocumentPlace, declaration: Declaration, bytes: Uint8Array): Promise<Content> {
    const declared = await this.#declared(place, { ...declaration, size: bytes.length });
    return this.#withKey(declared, async (key) => {
      const { blobs, mostBytes } = this.#options;
      const source = given(bytes);
      const { part, offset } = await appendPart({ source }, { record: declared, key, blobs, mostBytes });
      const taken = { offset, chunks: part?.chunks ?? 0, parts: part ? [part] : [] };
      const uploaded: ContentRecord = { ...declared, ...taken, state: 'uploaded' };
      const record = { ...uploaded, ...(await this.#verdictOn(uploaded, key)) };
      try {
        if (record.refusal !== undefined) throw new ContentRefused(record.refusal);
        await this.quota.insert(record, declaration.owner);
      } catch (error) {
        if (part && isAnswer(error)) await blobs.delete(part.blob);
        throw error;
      }
      return contentOf(record, openManifest(key, manifestOf(record)));
    });
  }

  /** What an upload begins with. */
  async #declared(
    place: DocumentPlace,
    { id = randomUUID(), contentType, size, sha256, owner }: Declaration,
  ): Promise<ContentRecord> {
    const { types, mostBytes, chunkSize = CHUNK_BYTES } = this.#options;
    const type = types.accepted(contentType);
    if (type === undefined) throw new HttpProblem(415, 'The media type is not supported');
    if (size !== undefined && size > mostBytes) throw new ContentTooLarge(mostBytes);
    const { patient, document, version } = place;
    const { key, stored } = await this.#keys.create(place);
    const checksum = sha256 ? { sha256: Buffer.from(sha256).toString('base64') } : {};
    const declared = sealDeclared(key, { contentType: type, ...checksum });
    key.close();
    return {
      ...{ _id: id, patient, document, version, state: 'uploading', key: stored, chunkSize },
      ...{ offset: 0, chunks: 0, parts: [], declared, createdAt: new Date(), expiresAt: this.#expiry() },
      ...(size === undefined ? {} : { size }),
      ...(owner === undefined ? {} : { owner: owner.id }),
    };
  }

  /** @throws NotFound */
  async upload(id: string): Promise<Upload> {
    return uploadOf(await this.#find(id));
  }

  /**
   * Takes bytes, exactly from where the upload is. When they break off, what came is kept and the error thrown.
   * @throws NotFound, Conflict; OffsetConflict, ContentTooLarge, ChecksumMismatch
   */
  async append(id: string, { offset, ...piece }: Piece & { readonly offset: number }): Promise<Upload> {
    const record = await this.#find(id);
    if (record.state !== 'uploading') throw new Conflict('The upload has ended');
    if (record.offset !== offset) throw new OffsetConflict(record.offset);
    const { appended, after } = await this.#append(record, piece, false);
    if (appended.broken !== undefined) throw appended.broken as Error;
    return uploadOf(after);
  }

  /**
   * Ends an upload and looks at all of it. Once more gives the same again.
   * @throws NotFound; Conflict when bytes are missing; ContentRefused; Unavailable while no scanner answers
   */
  async finish(id: string): Promise<Content> {
    let record = await this.#find(id);
    if (record.state === 'uploading') {
      if (record.size !== undefined && record.size !== record.offset) throw new Conflict('Bytes are missing');
      record = (await this.#append(record, { source: given() }, true)).after;
    }
    if (record.state === 'uploaded') record = await this.#check(record);
    if (record.refusal !== undefined) throw new ContentRefused(record.refusal);
    return this.#withKey(record, (key) => contentOf(record, openManifest(key, manifestOf(record))));
  }

  /**
   * Makes a checked content part of what the transaction writes: from its commit on it can be opened, and is never collected.
   * @throws Conflict when it is of another place, was not checked, or is attached already
   */
  async attach(id: string, { patient, document, version }: DocumentPlace, tx: Transaction): Promise<void> {
    const { modifiedCount } = await this.#records.updateOne(
      { _id: id, patient, document, version, state: 'clean' },
      { $set: { state: 'attached' }, $unset: { expiresAt: '' } },
      tx,
    );
    if (modifiedCount !== 1) throw new Conflict('The content is not there, or not checked yet');
  }

  /**
   * As `attach`, for a resource (`DocumentReference/<id>`) that refers to it, also once more: its next versions do. Whatever refers to a
   * content decides who reads it, so it is one resource.
   * @throws Conflict when it is of another patient, or another resource refers to it
   */
  async refer(
    id: string,
    { patient, reference }: { readonly patient: string; readonly reference: string },
    tx: Transaction,
  ): Promise<void> {
    const { matchedCount } = await this.#records.updateOne(
      {
        _id: id,
        patient,
        state: { $in: ['clean', 'attached'] },
        reference: { $in: [null, reference] },
      } as never,
      { $set: { state: 'attached', reference }, $unset: { expiresAt: '' } },
      tx,
    );
    if (matchedCount !== 1) throw new Conflict('The content is not there, or another document has it');
  }

  /** Opens a content that a record refers to. @throws NotFound; KeyDestroyed when the patient was erased; Tampered */
  async open(id: string): Promise<OpenedContent> {
    const record = await this.#find(id);
    if (record.state !== 'attached') throw new NotFound();
    const manifest = await this.#withKey(record, (key) => openManifest(key, manifestOf(record)));
    const read = (range: ByteRange): AsyncIterable<Buffer> => this.#read(record, manifest, range);
    return {
      ...contentOf(record, manifest),
      tag: id,
      read: (range = { start: 0, end: Math.max(0, manifest.size - 1) }) => read(range),
    };
  }

  /** Does something with the data key of a content, for what is kept beside it. @throws NotFound, KeyDestroyed */
  async withKeyOf<T>(id: string, work: (key: ContentKey) => T | Promise<T>): Promise<T> {
    return this.#withKey(await this.#find(id), work);
  }

  /** Gives up an upload, or a content that nothing refers to. @throws NotFound */
  async abandon(id: string): Promise<void> {
    const drop = { $set: { state: 'dropping' as const, expiresAt: new Date() } };
    const { matchedCount } = await this.#records.updateOne(
      { _id: id, state: { $nin: ['attached', 'dropping'] } },
      drop,
    );
    if (matchedCount !== 1) throw new NotFound();
  }

  /** Removes the contents of a patient, or one of them, with the transaction; their blobs follow by `collect`. */
  async release(which: { readonly patient: string; readonly id?: string }, tx: Transaction): Promise<void> {
    const { patient, id } = which;
    const filter = id === undefined ? { patient } : { patient, _id: id };
    await this.#records.updateMany(filter, { $set: { state: 'dropping', expiresAt: new Date() } }, tx);
  }

  /** Removes everything of an erased patient: uploads under way, contents and their blobs. Repeated, it removes what came late. */
  async removeAllOf(patient: string): Promise<void> {
    const drop = { $set: { state: 'dropping' as const, expiresAt: new Date() } };
    for (;;) {
      const found = await this.#records.find({ patient }, { limit: REMOVED_AT_ONCE });
      for (const { _id } of found) {
        // from here on no request adds a part to it
        const dropped = await this.#records.findOneAndUpdate({ _id }, drop);
        for (const { blob } of dropped?.parts ?? []) await this.#options.blobs.delete(blob);
        await removeAdditions(this.#options.mongo, _id);
        await this.#records.deleteMany({ _id, state: 'dropping' });
      }
      if (found.length < REMOVED_AT_ONCE) return;
    }
  }

  async *#read(record: ContentRecord, manifest: Manifest, range: ByteRange): AsyncGenerator<Buffer> {
    const { start, end } = range;
    const last = Math.max(0, manifest.size - 1);
    if (start < 0 || start > end || end > last) throw new RangeError('the content has no such range');
    const key = await this.#keys.open(record, record.key);
    try {
      yield* readRange({ blobs: this.#options.blobs, key }, manifest, range);
    } finally {
      key.close();
    }
  }

  async #append(
    record: ContentRecord,
    piece: Piece,
    isEnd: boolean,
  ): Promise<{ appended: Appended; after: ContentRecord }> {
    const { blobs, mostBytes } = this.#options;
    const appended = await this.#withKey(record, (key) =>
      appendPart(piece, { record, key, blobs, mostBytes, isEnd }),
    );
    const after = await this.#commit(record, appended);
    if (after) return { appended, after };
    if (appended.part) await blobs.delete(appended.part.blob);
    throw new OffsetConflict((await this.#find(record._id)).offset);
  }

  /** @returns the record as it is then, or null when another request was faster */
  async #commit(record: ContentRecord, { part, offset, held }: Appended): Promise<ContentRecord | null> {
    const { _id, chunks } = record;
    const ended = held ? { held } : { state: 'uploaded' as const, size: offset };
    return this.#records.findOneAndUpdate(
      { _id, state: 'uploading', offset: record.offset, chunks },
      {
        $set: { offset, chunks: chunks + (part?.chunks ?? 0), expiresAt: this.#expiry(), ...ended },
        ...(held ? {} : { $unset: { held: '' } }),
        ...(part ? { $push: { parts: part } } : {}),
      },
    );
  }

  async #check(record: ContentRecord): Promise<ContentRecord> {
    const update = await this.#withKey(record, (key) => this.#verdictOn(record, key));
    const filter = { _id: record._id, state: 'uploaded' as const };
    const after = await this.#records.findOneAndUpdate(filter, {
      $set: { ...update, expiresAt: this.#expiry() },
    });
    return after ?? this.#find(record._id); // somebody else has looked at it, too
  }

  /** Looks at all of an upload. */
  async #verdictOn(
    record: ContentRecord,
    key: ContentKey,
  ): Promise<Pick<ContentRecord, 'state' | 'manifest' | 'refusal'>> {
    const checked = await checkContent(record, key, this.#options);
    if ('manifest' in checked) return { state: 'clean', manifest: sealManifest(key, checked.manifest) };
    const { refusal, found } = checked;
    this.#options.logger.warn('content: refused', { id: record._id, refusal, ...(found ? { found } : {}) });
    return { state: 'refused', refusal };
  }

  async #find(id: string): Promise<ContentRecord> {
    const record = await this.#records.findOne({ _id: id });
    if (!record || record.state === 'dropping') throw new NotFound();
    return record;
  }

  async #withKey<T>(record: ContentRecord, work: (key: ContentKey) => T | Promise<T>): Promise<T> {
    const key = await this.#keys.open(record, record.key);
    try {
      return await work(key);
    } finally {
      key.close();
    }
  }

  #expiry(): Date {
    return new Date(Date.now() + this.#options.keepMs);
  }
}

const REMOVED_AT_ONCE = 100;
