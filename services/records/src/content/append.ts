import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Binary } from 'mongodb';
import { PartWriter } from '../chunks/index.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { ContentKey } from './content-keys.ts';
import { ChecksumMismatch, ContentTooLarge } from './errors.ts';
import type { ContentRecord, StoredPart } from './record.ts';

/** `sha1` is there for clients of tus, which all know it; it finds bytes that broke on the way, and no attacker. */
export interface Checksum {
  readonly algorithm: 'sha1' | 'sha256';
  readonly digest: Uint8Array;
}

/** The bytes of one request. */
export interface Piece {
  readonly source: AsyncIterable<Uint8Array>;
  /** Of these bytes alone; when they do not fit none is kept. */
  readonly checksum?: Checksum | undefined;
}

export interface AppendOptions {
  readonly record: ContentRecord;
  readonly key: ContentKey;
  readonly blobs: BlobStore;
  /** Bytes that a content may have when its sender has not said how many it has. */
  readonly mostBytes: number;
  /** Ends the content after these bytes, when its size was not declared. */
  readonly isEnd?: boolean;
}

/** What a request added; nobody knows of it until it is committed. */
export interface Appended {
  readonly part: StoredPart | undefined;
  readonly offset: number;
  /** The bytes that no chunk has yet; undefined once the last chunk is made. */
  readonly held: Binary | undefined;
  /** Why the request broke off, when it did. */
  readonly broken: unknown;
}

/**
 * Encrypts the bytes of a request into a blob, beginning with those that the request before left over. A request that breaks off has
 * added what came of it, unless it has a checksum.
 * @throws ContentTooLarge, ChecksumMismatch; what the store throws
 */
export async function appendPart(piece: Piece, options: AppendOptions): Promise<Appended> {
  const { record, key, blobs } = options;
  const { chunkSize, chunks: first } = record;
  const writer = new PartWriter({ dataKey: key.bytes, place: key.place, keyId: key.id, chunkSize, first });
  const intake = new Intake(piece, options);
  const blob = `${record._id}/${randomUUID()}`;
  try {
    await store(blobs, blob, { header: writer.header, chunks: intake.sealInto(writer) });
    intake.requireChecksum();
    const part = { blob, first, chunks: writer.chunks, salt: new Binary(writer.salt) };
    return {
      part: writer.chunks > 0 ? part : undefined,
      offset: intake.offset,
      held: intake.hasEnded ? undefined : key.seal(heldAt(intake.offset), writer.held),
      broken: intake.broken,
    };
  } catch (error) {
    await blobs.delete(blob).catch(() => undefined); // else it is collected
    throw error;
  } finally {
    writer.close();
  }
}

/** What the held bytes are sealed as. */
export function heldAt(offset: number): string {
  return `held at ${String(offset)}`;
}

/** Writes a blob as soon as there is a first chunk; without any there is none. */
async function store(
  blobs: BlobStore,
  name: string,
  { header, chunks }: { header: Buffer; chunks: AsyncGenerator<Buffer> },
): Promise<void> {
  try {
    const first = await chunks.next();
    if (first.done === true) return;
    await blobs.put(
      name,
      (async function* () {
        yield header;
        yield first.value;
        yield* chunks;
      })(),
    );
  } finally {
    await chunks.return(undefined); // lets the request go
  }
}

/** Counts, hashes and bounds what comes. */
class Intake {
  offset: number;
  hasEnded = false;
  broken: unknown;
  readonly #piece: Piece;
  readonly #options: AppendOptions;
  readonly #hash: Hash | undefined;

  constructor(piece: Piece, options: AppendOptions) {
    this.#piece = piece;
    this.#options = options;
    this.offset = options.record.offset;
    this.#hash = piece.checksum ? createHash(piece.checksum.algorithm) : undefined;
  }

  /** The chunks as far as they are known to be whole; the last one when all of the content has come. */
  async *sealInto(writer: PartWriter): AsyncGenerator<Buffer> {
    const { record, key, isEnd = false } = this.#options;
    if (record.held) writer.push(key.open(heldAt(record.offset), record.held));
    for await (const bytes of this.#arriving()) yield* writer.push(bytes);
    if (this.broken !== undefined || !(isEnd || this.offset === record.size)) return;
    this.hasEnded = true;
    yield* writer.end();
  }

  requireChecksum(): void {
    const { checksum } = this.#piece;
    if (this.#hash && checksum && !this.#hash.digest().equals(checksum.digest)) throw new ChecksumMismatch();
  }

  async *#arriving(): AsyncGenerator<Uint8Array> {
    const { record, mostBytes } = this.#options;
    const most = record.size ?? mostBytes;
    const pieces = this.#piece.source[Symbol.asyncIterator]();
    try {
      for (let next = await this.#next(pieces); next.done !== true; next = await this.#next(pieces)) {
        if (this.offset + next.value.length > most) throw new ContentTooLarge(most);
        this.offset += next.value.length;
        this.#hash?.update(next.value);
        yield next.value;
      }
    } finally {
      await pieces.return?.();
    }
  }

  /** A client that goes away ends what it sends; what has come stays. */
  async #next(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await pieces.next();
    } catch (error) {
      if (this.#hash) throw error;
      this.broken = error;
      return { done: true, value: undefined };
    }
  }
}
