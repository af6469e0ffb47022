import type { CollectionSpec } from '@careplane/kit';
import type { Binary } from 'mongodb';

/** Where a content belongs, and stays: it is bound to all of it. */
export interface DocumentPlace {
  /** Whose record it is part of: `Patient/<id>`. */
  readonly patient: string;
  /** `Binary/<id>`. */
  readonly document: string;
  readonly version: number;
}

/** A document's data key, encrypted under a key of the patient. */
export interface StoredContentKey {
  /** Of the data key itself: chunks name it. It stays when the key is wrapped again. */
  id: string;
  /** The patient's key that wraps it, in `data_keys`. */
  kek: string;
  wrapped: Binary;
}

/** One blob of a content. */
export interface StoredPart {
  blob: string;
  first: number;
  chunks: number;
  salt: Binary;
}

/**
 * - `uploading`: bytes are taken.
 * - `uploaded`: all bytes are there, in quarantine: nobody has looked at them.
 * - `clean`: checked; nothing refers to it yet.
 * - `attached`: a record refers to it. It is opened, and never collected.
 * - `refused`: it was checked and is not kept.
 * - `dropping`: it is being removed.
 */
export type ContentState = 'uploading' | 'uploaded' | 'clean' | 'attached' | 'refused' | 'dropping';

/** Why a content is not kept. */
export type Refusal = 'checksum' | 'media-type' | 'malware' | 'age-file';

export interface ContentRecord {
  _id: string;
  patient: string;
  document: string;
  version: number;
  state: ContentState;
  /** Who uploads it: nobody else goes on with it. */
  owner?: string;
  /** The one resource that refers to it, such as `DocumentReference/<id>`; absent when the content stands for itself. */
  reference?: string;
  key: StoredContentKey;
  chunkSize: number;
  /** Bytes that were taken; those that no chunk has yet are in `held`. */
  offset: number;
  /** Bytes of the whole content: as declared, or once all are there. */
  size?: number;
  /** Chunks in all parts. */
  chunks: number;
  parts: StoredPart[];
  /** Sealed: the bytes after the last chunk. */
  held?: Binary;
  /** Sealed: what the sender said. */
  declared: Binary;
  /** Sealed: what was found; only once it is clean. */
  manifest?: Binary;
  refusal?: Refusal;
  createdAt: Date;
  /** When something was added to it last. */
  changedAt?: Date;
  /** When it is collected unless a record refers to it until then; absent when one does. */
  expiresAt?: Date;
}

export const contentCollection = {
  name: 'contents',
  indexes: [
    { key: { expiresAt: 1 }, name: 'expiry', sparse: true },
    { key: { patient: 1, _id: 1 }, name: 'patient' },
    { key: { 'key.kek': 1, _id: 1 }, name: 'kek' },
    { key: { owner: 1, createdAt: 1 }, name: 'owner', sparse: true },
  ],
} as const satisfies CollectionSpec;
