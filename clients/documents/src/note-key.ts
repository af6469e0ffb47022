import { sha256 } from '@noble/hashes/sha2.js';
import { base64, base64urlnopad, hex } from '@scure/base';
import { concat, type Bytes } from './bytes.ts';
import { DocumentError } from './document-error.ts';

/** Keys of signed notes (c2sp.org/signed-note) by Ed25519, as Go's `note` package writes them. */

/** Of Ed25519, before key material. */
const ALGORITHM = 1;
const PRIVATE = 'PRIVATE+KEY+';
/** PKCS #8 before the seed of an Ed25519 key (RFC 8410). */
const PKCS8 = hex.decode('302e020100300506032b657004220420');

/** Who signs. */
export interface Signer {
  /** What others verify by, `name+id+key`: no secret. */
  readonly verifierKey: string;
  readonly sign: (message: Bytes) => Promise<Bytes>;
}

/** Whose signatures count. */
export interface Verifier {
  readonly name: string;
  /** Four bytes that tell keys of one name apart. */
  readonly id: Bytes;
  readonly key: CryptoKey;
}

/** A new signing key of this name, to be kept where nobody else reads it. A name has neither spaces nor `+`. */
export async function generateSigningKey(name: string): Promise<string> {
  demandName(name);
  const made = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const { privateKey } = made as { privateKey: CryptoKey };
  const { seed, publicKey } = await partsOf(privateKey);
  return `${PRIVATE}${name}+${hex.encode(idOf(name, publicKey))}+${encodeKey(seed)}`;
}

/** @throws DocumentError identity-invalid, which does not quote it */
export async function signer(signingKey: string): Promise<Signer> {
  const [name, id, seed] = split(signingKey.startsWith(PRIVATE) ? signingKey.slice(PRIVATE.length) : '');
  const privateKey = await crypto.subtle.importKey('pkcs8', concat([PKCS8, seed]), 'Ed25519', true, ['sign']);
  const { publicKey } = await partsOf(privateKey);
  if (hex.encode(idOf(name, publicKey)) !== id) throw invalid();
  return {
    verifierKey: `${name}+${id}+${encodeKey(publicKey)}`,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)),
  };
}

/** @throws DocumentError identity-invalid */
export async function verifier(verifierKey: string): Promise<Verifier> {
  const [name, id, publicKey] = split(verifierKey);
  if (hex.encode(idOf(name, publicKey)) !== id) throw invalid();
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  return { name, id: idOf(name, publicKey), key };
}

async function partsOf(privateKey: CryptoKey): Promise<{ seed: Bytes; publicKey: Bytes }> {
  const { d = '', x = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  return { seed: plain(base64urlnopad.decode(d)), publicKey: plain(base64urlnopad.decode(x)) };
}

function idOf(name: string, publicKey: Uint8Array): Bytes {
  const named = new TextEncoder().encode(`${name}\n`);
  return plain(sha256(concat([named, new Uint8Array([ALGORITHM]), publicKey])).subarray(0, 4));
}

function encodeKey(key: Uint8Array): string {
  return base64.encode(concat([new Uint8Array([ALGORITHM]), key]));
}

/** Name, id and key material of `name+id+key`. */
function split(text: string): [name: string, id: string, key: Bytes] {
  const [, name = '', id = '', key = ''] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  demandName(name);
  const material = decode(key);
  if (material.length !== 33 || material[0] !== ALGORITHM) throw invalid();
  return [name, id, material.slice(1)];
}

function decode(text: string): Bytes {
  try {
    return plain(base64.decode(text));
  } catch {
    // The error quotes its input.
    throw invalid();
  }
}

function demandName(name: string): void {
  if (name === '' || /[\s+]/u.test(name)) throw invalid();
}

function plain(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

function invalid(): DocumentError {
  return new DocumentError('identity-invalid', 'this is no Ed25519 key of a signed note');
}
