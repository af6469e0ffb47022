import { randomBytes, randomUUID } from 'node:crypto';
import { bytesOf, decrypt, encrypt, framed } from '@careplane/kit';
import type { DataKeys } from '@careplane/kit';
import { Binary } from 'mongodb';
import type { ContentPlace } from '../chunks/index.ts';
import type { DocumentPlace, StoredContentKey } from './record.ts';

/** The purpose of the patients' keys that wrap the keys of documents. */
export const DOCUMENTS_KEY = 'documents';
const KEY_BYTES = 32;

/** A document's data key in memory. Whoever has it closes it: it lives as long as one upload or download. */
export class ContentKey {
  readonly id: string;
  readonly place: ContentPlace;
  readonly bytes: Buffer;

  constructor(id: string, place: ContentPlace, bytes: Buffer) {
    this.id = id;
    this.place = place;
    this.bytes = bytes;
  }

  /** Encrypts what is kept beside the blobs. `what` says which of it, so that nothing takes the place of another. */
  seal(what: string, plaintext: Uint8Array): Binary {
    return new Binary(encrypt(this.bytes, this.#associated(what), plaintext));
  }

  /** @throws Tampered */
  open(what: string, sealed: Binary): Buffer {
    return decrypt(this.bytes, this.#associated(what), bytesOf(sealed));
  }

  close(): void {
    this.bytes.fill(0);
  }

  #associated(what: string): Buffer {
    const { tenant, patient, document, version } = this.place;
    return framed(['content', what, tenant, patient, document, String(version), this.id]);
  }
}

/** Makes, opens and re-wraps the data keys of documents under the key of their patient. */
export class ContentKeys {
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  /** A new data key. @throws KeyDestroyed when the patient was erased */
  async create(
    place: DocumentPlace,
  ): Promise<{ readonly key: ContentKey; readonly stored: StoredContentKey }> {
    const kek = await this.#keys.obtain({ subject: place.patient, purpose: DOCUMENTS_KEY });
    const key = new ContentKey(randomUUID(), this.#placeOf(place), randomBytes(KEY_BYTES));
    return { key, stored: await this.#wrap(key, kek) };
  }

  /** @throws KeyDestroyed when the patient was erased; Tampered */
  async open(place: DocumentPlace, { id, kek, wrapped }: StoredContentKey): Promise<ContentKey> {
    const bound = this.#placeOf(place);
    const bytes = await this.#keys.use(kek, (key) =>
      decrypt(key, associated(bound, id, kek), bytesOf(wrapped)),
    );
    return new ContentKey(id, bound, bytes);
  }

  /** The same data key under another key of the patient. */
  async rewrap(place: DocumentPlace, stored: StoredContentKey, kek: string): Promise<StoredContentKey> {
    const key = await this.open(place, stored);
    try {
      return await this.#wrap(key, kek);
    } finally {
      key.close();
    }
  }

  async #wrap(key: ContentKey, kek: string): Promise<StoredContentKey> {
    const bound = associated(key.place, key.id, kek);
    const wrapped = await this.#keys.use(kek, (patient) => encrypt(patient, bound, key.bytes));
    return { id: key.id, kek, wrapped: new Binary(wrapped) };
  }

  #placeOf({ patient, document, version }: DocumentPlace): ContentPlace {
    return { tenant: this.#keys.tenant, patient, document, version };
  }
}

function associated({ tenant, patient, document, version }: ContentPlace, id: string, kek: string): Buffer {
  return framed(['document key', tenant, patient, document, String(version), id, kek]);
}
