import { Conflict } from '@careplane/kit';
import type { DataKeys, Logger, Mongo } from '@careplane/kit';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { ByteRange } from '../chunks/index.ts';
import type { AgeFile } from './age-file.ts';
import type { Manifest } from './manifest.ts';
import type { MediaTypes } from './media-types.ts';
import type { Owner, Quota } from './quota.ts';
import type { ContentRecord, DocumentPlace } from './record.ts';
import type { Scanner } from './scanner.ts';

export interface ContentOptions {
  readonly mongo: Mongo;
  /** The patients' keys; see `ContentKeys`. */
  readonly keys: DataKeys;
  readonly blobs: BlobStore;
  readonly scanner: Scanner;
  readonly types: MediaTypes;
  readonly logger: Pick<Logger, 'warn'>;
  /** Bytes that a content may have. */
  readonly mostBytes: number;
  /** What one owner may bring. Default: what there is room for. */
  readonly quota?: Quota;
  /** How long an upload may rest, and a content be without a record that refers to it, in milliseconds. */
  readonly keepMs: number;
  /** Bytes of plaintext in a chunk. Default 65,536. */
  readonly chunkSize?: number;
}

/** What the sender says before it sends. */
export interface Declaration {
  readonly contentType: string;
  /** Bytes; absent when it does not know. */
  readonly size?: number | undefined;
  /** Of the whole content. */
  readonly sha256?: Uint8Array | undefined;
  /** Who uploads it. Absent: nobody whose room is bounded. */
  readonly owner?: Owner | undefined;
  /** Of the content. Default a new one. */
  readonly id?: string;
}

export interface Upload {
  readonly id: string;
  readonly place: DocumentPlace;
  readonly owner: string | undefined;
  /** Where it goes on. */
  readonly offset: number;
  readonly size: number | undefined;
  /** All bytes are there; `finish` checks them. */
  readonly isWhole: boolean;
  /** A record refers to it, or it stands for itself: it can be opened. */
  readonly isAttached: boolean;
  /** The one resource that refers to it. */
  readonly reference: string | undefined;
  readonly expiresAt: Date | undefined;
}

/** A content that was found to be what it should be. */
export interface Content {
  readonly id: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly sha1: Buffer;
  readonly createdAt: Date;
  /** Of an age file: where its parts are. */
  readonly age: AgeFile | undefined;
}

/** What a download sends. */
export interface Download extends Pick<Content, 'contentType' | 'size' | 'createdAt'> {
  /** Another one whenever the bytes are others. */
  readonly tag: string;
  /** Of all bytes; undefined where nobody has looked at all of them. */
  readonly sha256: Buffer | undefined;
  /** Its bytes, decrypted as they are asked for. @throws RangeError; Tampered; KeyDestroyed */
  read(range?: ByteRange): AsyncIterable<Buffer>;
}

export interface OpenedContent extends Content, Pick<Download, 'tag' | 'read'> {}

/** What is known of an upload. */
export function uploadOf(record: ContentRecord): Upload {
  const { _id, patient, document, version, owner, reference, offset, size, state, expiresAt } = record;
  const place = { patient, document, version };
  const states = { isWhole: state !== 'uploading', isAttached: state === 'attached' };
  return { id: _id, place, owner, reference, offset, size, ...states, expiresAt };
}

/** What is known of a content that was checked. */
export function contentOf(
  record: ContentRecord,
  { contentType, size, sha256, sha1, age }: Manifest,
): Content {
  const { _id, createdAt } = record;
  const digests = { sha256: Buffer.from(sha256, 'base64'), sha1: Buffer.from(sha1, 'base64') };
  return { id: _id, contentType, size, ...digests, createdAt, age };
}

/** @throws Conflict when it was not checked yet */
export function manifestOf({ manifest }: ContentRecord): NonNullable<ContentRecord['manifest']> {
  if (!manifest) throw new Conflict('The content is not checked yet');
  return manifest;
}
