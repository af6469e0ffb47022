import { Binary } from 'mongodb';
import { parseExactly } from '../exact-json.ts';
import { decrypt, encrypt } from './cipher.ts';
import { bytesOf } from './data-keys.ts';
import type { DataKeys } from './data-keys.ts';
import { framed } from './framing.ts';

/** Where a ciphertext belongs. It is bound to all of it: moved to another record, version or field it is refused. */
export interface Place {
  /** Whose key it is, such as `Patient/<id>`. */
  readonly subject: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** Which part of the record, such as `resource`. */
  readonly field: string;
}

/** Encrypts parts of records under data keys. Values are JSON. */
export interface RecordCipher {
  seal(keyId: string, place: Place, value: unknown): Promise<Binary>;
  /** @throws Tampered; KeyDestroyed, KeyMissing */
  open(keyId: string, place: Place, sealed: Binary): Promise<unknown>;
}

export function createRecordCipher(keys: DataKeys): RecordCipher {
  return {
    seal(keyId, place, value) {
      const plaintext = Buffer.from(JSON.stringify(value), 'utf8');
      const associated = associatedData(keys.tenant, keyId, place);
      return keys.use(keyId, (key) => {
        try {
          return new Binary(encrypt(key, associated, plaintext));
        } finally {
          plaintext.fill(0);
        }
      });
    },
    open(keyId, place, sealed) {
      const associated = associatedData(keys.tenant, keyId, place);
      return keys.use(keyId, (key) => {
        const plaintext = decrypt(key, associated, bytesOf(sealed));
        try {
          return parseExactly(plaintext.toString('utf8'));
        } finally {
          plaintext.fill(0);
        }
      });
    },
  };
}

function associatedData(tenant: string, keyId: string, place: Place): Buffer {
  const { subject, type, id, version, field } = place;
  return framed(['record', tenant, subject, type, id, String(version), field, keyId]);
}
