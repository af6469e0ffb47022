import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { Malformed } from './errors.ts';
import { sha256 } from './hash.ts';

/** What a key signs: notes as they are (the log's own signature), or cosignatures of checkpoints (a witness's). */
export const ALGORITHMS = { ed25519: 1, 'cosignature/v1': 4 } as const;
export type Algorithm = keyof typeof ALGORITHMS;

/** A public key, under a name, as c2sp.org/signed-note knows it. */
export interface VerifierKey {
  readonly name: string;
  /** Four bytes: the beginning of a hash of name, algorithm and key. */
  readonly id: Uint8Array;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** A key that signs, with the public key that verifies it. */
export interface SigningKey {
  readonly verifier: VerifierKey;
  readonly key: KeyObject;
}

const KEY_BYTES = 32;
const ID_BYTES = 4;
/** What stands before an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE = 'PRIVATE+KEY+';

/** `<name>+<id>+<algorithm and key>`: the text form of a public key (c2sp.org/signed-note, Verifier keys). */
export function encodeVerifierKey({ name, id, algorithm, key }: VerifierKey): string {
  const material = Buffer.concat([Uint8Array.of(ALGORITHMS[algorithm]), rawPublicKey(key)]);
  return `${name}+${Buffer.from(id).toString('hex')}+${material.toString('base64')}`;
}

/** @throws Malformed when the text is no key, is of another algorithm, or has an id that is not the key's */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, id, algorithm, material } = parseKey(text);
  const key = createPublicKey({ key: Buffer.concat([SPKI, material]), format: 'der', type: 'spki' });
  const verifier = verifierOf(name, algorithm, key);
  requireId(verifier, id);
  return verifier;
}

/** `PRIVATE+KEY+<name>+<id>+<algorithm and seed>`, as Go's note package writes it: a secret. */
export function encodeSigningKey({ verifier: { name, id, algorithm }, key }: SigningKey): string {
  const seed = key.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  const material = Buffer.concat([Uint8Array.of(ALGORITHMS[algorithm]), seed]);
  return `${PRIVATE}${name}+${Buffer.from(id).toString('hex')}+${material.toString('base64')}`;
}

/** @throws Malformed, without a word of the key */
export function parseSigningKey(text: string): SigningKey {
  if (!text.startsWith(PRIVATE)) throw new Malformed(`a signing key begins with ${PRIVATE}`);
  const { name, id, algorithm, material } = parseKey(text.slice(PRIVATE.length));
  const signing = signingKeyFromSeed(name, algorithm, material);
  requireId(signing.verifier, id);
  return signing;
}

/** A new key under a name. @throws Malformed for a name that no note can carry */
export function generateSigningKey(name: string, algorithm: Algorithm): SigningKey {
  if (!isKeyName(name)) throw new Malformed('a key name is not empty and has neither spaces nor a plus sign');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { verifier: verifierOf(name, algorithm, publicKey), key: privateKey };
}

/**
 * The key that follows from a secret of 32 bytes: the same for the same name, algorithm and secret.
 * @throws Malformed for a name that no note can carry, or a secret of another length
 */
export function signingKeyFromSeed(name: string, algorithm: Algorithm, seed: Uint8Array): SigningKey {
  if (!isKeyName(name) || seed.length !== KEY_BYTES)
    throw new Malformed('a key has a name and a seed of 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return { verifier: verifierOf(name, algorithm, createPublicKey(key)), key };
}

/** Whether a note can carry the name: not empty, no white space, no plus sign. */
export function isKeyName(name: string): boolean {
  return /^[^\s+]+$/u.test(name);
}

interface ParsedKey {
  readonly name: string;
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly material: Uint8Array;
}

function parseKey(text: string): ParsedKey {
  const {
    name = '',
    id = '',
    encoded = '',
  } = /^(?<name>[^+]+)\+(?<id>[0-9a-f]{8})\+(?<encoded>.+)$/su.exec(text)?.groups ?? {};
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== 1 + KEY_BYTES)
    throw new Malformed('not a key of the form <name>+<id>+<key>');
  const algorithm = (Object.keys(ALGORITHMS) as Algorithm[]).find((one) => ALGORITHMS[one] === bytes[0]);
  if (algorithm === undefined) throw new Malformed('a key is of Ed25519 (1) or of cosignature/v1 (4)');
  return { name, id, algorithm, material: bytes.subarray(1) };
}

function requireId(verifier: VerifierKey, id: string): void {
  if (Buffer.from(verifier.id).toString('hex') !== id)
    throw new Malformed('the id of the key is not its own');
}

function verifierOf(name: string, algorithm: Algorithm, key: KeyObject): VerifierKey {
  const hashed = [`${name}\n`, Uint8Array.of(ALGORITHMS[algorithm]), rawPublicKey(key)];
  const id = sha256(Buffer.concat(hashed.map((part) => Buffer.from(part)))).subarray(0, ID_BYTES);
  return { name, id, algorithm, key };
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}
