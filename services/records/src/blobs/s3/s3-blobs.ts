import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { backoffMs, pause, Unavailable } from '@careplane/kit';
import type { ByteRange } from '../../chunks/index.ts';
import { BlobExists, BlobMissing } from '../blob-store.ts';
import type { BlobStore, ListedBlob } from '../blob-store.ts';
import { regrouped } from '../regroup.ts';
import type { Memory } from '../regroup.ts';
import { BrokenOff, flowing } from './flowing.ts';
import { objectsAt, uploadsAt } from './listing.ts';
import { MultipartUpload, PUT_ID } from './multipart-upload.ts';
import type { Target } from './multipart-upload.ts';
import { S3Refused, unlessRefused } from './requests.ts';
import type { S3Requests } from './requests.ts';

export interface S3BlobsOptions {
  readonly requests: S3Requests;
  readonly bucket: string;
  /** Before the names of all blobs: empty, or with a slash at its end. */
  readonly prefix: string;
  /** What all uploads hold of their bytes. */
  readonly memory: Memory;
  /** Rejects unless the prefix is that of this service's database; asked before anything is written, or listed to be removed. */
  readonly requireOwn: () => Promise<void>;
  /** How long nothing may come of a blob that is read, in milliseconds. Default 10,000. */
  readonly idleMs?: number;
}

/** The least that S3 takes as a part of an upload, but for the last one. */
const PART_BYTES = 5_242_880;
const ATTEMPTS = 3;
const BACKOFF = { baseMs: 50, capMs: 1_000 };

/**
 * Blobs as objects of a bucket. What fits in one part is one request; more is an upload in parts, which becomes an object at its end and is
 * listed until then. An object is never replaced: puts are conditional (`If-None-Match: *`).
 */
export class S3Blobs implements BlobStore {
  readonly #options: S3BlobsOptions;

  constructor(options: S3BlobsOptions) {
    this.#options = options;
  }

  async put(name: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    const { requests, memory, requireOwn } = this.#options;
    await requireOwn();
    const target = { ...this.#at(name), putId: randomUUID() };
    let upload: MultipartUpload | undefined;
    try {
      for await (const piece of regrouped(source, PART_BYTES, memory)) {
        if (!upload && piece.length < PART_BYTES) {
          await this.#putWhole(name, target, piece);
          return;
        }
        upload ??= await MultipartUpload.begin(requests, target);
        await upload.add(piece);
      }
      if (upload) await this.#once(name, target, upload.complete(isAmbiguous));
      else await this.#putWhole(name, target, Buffer.alloc(0));
    } catch (error) {
      await upload?.abort().catch(() => undefined); // else it is listed, and collected
      throw error;
    }
  }

  /** Goes on where the answer broke off, as long as something comes. */
  async *read(name: string, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    for (let [at, faults] = [start, 0]; at <= end;) {
      const before = at;
      try {
        for await (const bytes of this.#readOnce(name, { start: at, end })) {
          at += bytes.length;
          yield bytes;
        }
      } catch (error) {
        if (!(error instanceof BrokenOff)) throw error;
        faults = at > before ? 1 : faults + 1;
        if (faults >= ATTEMPTS) throw new Unavailable(1, { cause: error });
        await pause(backoffMs(faults, BACKOFF));
      }
    }
  }

  /** By a list: the answer to HEAD does not tell whether there is a bucket at all. */
  async size(name: string): Promise<number | undefined> {
    const { Bucket, Key } = this.#at(name);
    const list = new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 });
    const { Contents = [] } = await this.#options.requests.ask((client, options) =>
      client.send(list, options),
    );
    return Contents[0]?.Key === Key ? Contents[0].Size : undefined;
  }

  async delete(name: string): Promise<void> {
    const { requests } = this.#options;
    const { Bucket, Key } = this.#at(name);
    for await (const upload of uploadsAt(requests, { Bucket, Prefix: Key })) {
      if (upload.Key !== Key) continue;
      const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.UploadId });
      await unlessRefused(requests.ask((client, options) => client.send(abort, options), isAbsent));
    }
    const remove = new DeleteObjectCommand({ Bucket, Key });
    await unlessRefused(requests.ask((client, options) => client.send(remove, options), isAbsent));
  }

  async *list(before: Date): AsyncGenerator<ListedBlob> {
    const { requests, bucket, prefix, requireOwn } = this.#options;
    await requireOwn();
    const at = { Bucket: bucket, Prefix: prefix };
    const listed = (key = '', begunAt?: Date): ListedBlob[] =>
      begunAt && begunAt < before ? [{ name: key.slice(prefix.length), begunAt }] : [];
    for await (const { Key, LastModified } of objectsAt(requests, at)) yield* listed(Key, LastModified);
    for await (const { Key, Initiated } of uploadsAt(requests, at)) yield* listed(Key, Initiated);
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: `${prefix}${name}` };
  }

  async #putWhole(name: string, target: Target, bytes: Buffer): Promise<void> {
    const { Bucket, Key, putId } = target;
    const content = { Body: bytes, ContentLength: bytes.length, Metadata: { [PUT_ID]: putId } };
    const put = new PutObjectCommand({ Bucket, Key, ...content, IfNoneMatch: '*' });
    const asked = this.#options.requests.ask((client, options) => client.send(put, options), isAmbiguous);
    await this.#once(name, target, asked);
  }

  /**
   * A conditional put that is repeated, since its answer was lost, finds what it has made itself. The put's id on the object tells.
   * @throws BlobExists when the object is another put's
   */
  async #once(name: string, { Bucket, Key, putId }: Target, put: Promise<unknown>): Promise<void> {
    try {
      await put;
    } catch (error) {
      if (!(error instanceof S3Refused)) throw error;
      const head = new HeadObjectCommand({ Bucket, Key });
      const { requests } = this.#options;
      const found = await unlessRefused(
        requests.ask((client, options) => client.send(head, options), isAbsent),
      );
      if (!found) throw new Unavailable(1, { cause: error });
      if (found.Metadata?.[PUT_ID] !== putId) throw new BlobExists(name);
    }
  }

  async *#readOnce(name: string, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const { requests, idleMs = 10_000 } = this.#options;
    const range = `${String(start)}-${String(end)}`;
    const get = new GetObjectCommand({ ...this.#at(name), Range: `bytes=${range}` });
    const found = await unlessRefused(requests.ask((client, options) => client.send(get, options), isAbsent));
    if (!found?.Body) throw new BlobMissing(name);
    const body = found.Body as Readable;
    if (found.ContentRange?.startsWith(`bytes ${range}/`) !== true) {
      body.destroy(); // the blob ends before
      throw new BlobMissing(name);
    }
    yield* flowing(body, { bytes: end - start + 1, idleMs });
  }
}

/** There is nothing of this name, or no such range of it, in a bucket that is there. */
function isAbsent({ status, code }: S3Refused): boolean {
  return status === 416 || ['NoSuchKey', 'NoSuchUpload', 'NotFound'].includes(code);
}

/** Somebody has made it meanwhile: perhaps an earlier attempt of the same request. */
function isAmbiguous({ status, code }: S3Refused): boolean {
  return status === 412 || status === 409 || code === 'NoSuchUpload';
}
