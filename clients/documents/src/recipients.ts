import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { base64nopad } from '@scure/base';
import { Encrypter, Stanza, webauthn } from 'age-encryption';
import { concat } from './bytes.ts';
import { DocumentError } from './document-error.ts';
import type { RecipientKind } from './stanza-types.ts';

/** Somebody a document is encrypted to. */
export interface Recipient {
  readonly kind: RecipientKind;
  /** Wraps the file key, so that only they can unwrap it. */
  wrap(fileKey: Uint8Array): Promise<readonly Stanza[]>;
}

/** What the library makes of a recipient's text. */
interface Wrapper {
  wrapFileKey(fileKey: Uint8Array): Stanza[] | Promise<Stanza[]>;
}

/** From the longest to the shortest: the last begins all others. */
const KIND_BY_PREFIX = [
  ['age1tagpq1', 'hybrid-tag'],
  ['age1tag1', 'tag'],
  ['age1pq1', 'hybrid'],
  ['age1', 'x25519'],
] as const;

/** The recipient of a public key: `age1...` (X25519), `age1pq1...` (hybrid post-quantum), `age1tag1...` and `age1tagpq1...` (keys in hardware).
 * @throws DocumentError recipient-invalid */
export function recipient(publicKey: string): Recipient {
  const kind = KIND_BY_PREFIX.find(([prefix]) => publicKey.startsWith(prefix))?.[1];
  if (kind === undefined) throw invalid('it begins with none of age1, age1pq1, age1tag1 and age1tagpq1');
  const wrapper = wrapperOf(publicKey);
  return { kind, wrap: async (fileKey) => wrapper.wrapFileKey(fileKey) };
}

/** The library wraps only file keys that it made itself, in a whole new file. New recipients of a document that is there need its file key wrapped, and
 * the library's own code is better than a copy of it: so this reads its private list of parsed recipients. The version is pinned. */
function wrapperOf(publicKey: string): Wrapper {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(publicKey);
  } catch {
    throw invalid('its checksum or its length is wrong');
  }
  const [wrapper] = encrypter['recipients'] as readonly (Wrapper | undefined)[];
  if (wrapper === undefined) throw new Error('age-encryption no longer lists its recipients');
  return wrapper;
}

export interface PassphraseOptions {
  /** Two to its power is the cost of scrypt. 18 takes a second and 256 MiB; others can open what is at most 20 here, 22 with the `age` tool. */
  readonly workFactor?: number;
}

/** Whoever knows the passphrase. It stands alone: a document to a passphrase has no other recipients. */
export function passphraseRecipient(
  passphrase: string,
  { workFactor = 18 }: PassphraseOptions = {},
): Recipient {
  if (passphrase === '') throw invalid('the passphrase is empty');
  return {
    kind: 'passphrase',
    async wrap(fileKey): Promise<Stanza[]> {
      const salt = randomBytes(16);
      const labelled = concat([new TextEncoder().encode('age-encryption.org/v1/scrypt'), salt]);
      const options = { N: 2 ** workFactor, r: 8, p: 1, dkLen: 32, maxmem: 2 ** (workFactor + 11) };
      const key = await scryptAsync(passphrase, labelled, options);
      const wrapped = chacha20poly1305(key, new Uint8Array(12)).encrypt(fileKey);
      return [new Stanza(['scrypt', base64nopad.encode(salt), String(workFactor)], wrapped)];
    },
  };
}

/** Whoever holds the passkey (browsers only; asks its user). `passkey`: what `createPasskey` gave. Encrypting needs the passkey too. */
export function passkeyRecipient(passkey: string): Recipient {
  const wrapper = new webauthn.WebAuthnRecipient({ identity: passkey });
  return { kind: 'passkey', wrap: (fileKey) => wrapper.wrapFileKey(fileKey) };
}

const CLASSIC: readonly RecipientKind[] = ['x25519', 'tag'];
const POST_QUANTUM: readonly RecipientKind[] = ['hybrid', 'hybrid-tag'];

/** The file key, wrapped for each recipient. @throws DocumentError recipients-not-mixable */
export async function wrapForAll(fileKey: Uint8Array, recipients: readonly Recipient[]): Promise<Stanza[]> {
  demandMixable(recipients.map(({ kind }) => kind));
  const stanzas: Stanza[] = [];
  // One after the other: a passkey asks its user, and scrypt takes a quarter of a gigabyte.
  for (const one of recipients) stanzas.push(...(await one.wrap(fileKey)));
  return stanzas;
}

function demandMixable(kinds: readonly RecipientKind[]): void {
  if (kinds.length === 0) throw notMixable('a document needs at least one recipient');
  if (kinds.includes('passphrase') && kinds.length > 1)
    throw notMixable('a passphrase stands alone: whoever knows it could make documents for the others');
  const has = (some: readonly RecipientKind[]): boolean => kinds.some((kind) => some.includes(kind));
  if (has(CLASSIC) && has(POST_QUANTUM))
    throw notMixable(
      'a quantum computer could open the document by its weakest recipient: encrypt to post-quantum keys (age1pq1...) alone, or to none',
    );
}

function notMixable(why: string): DocumentError {
  return new DocumentError('recipients-not-mixable', why);
}

function invalid(why: string): DocumentError {
  return new DocumentError('recipient-invalid', `this is no recipient: ${why}`);
}
