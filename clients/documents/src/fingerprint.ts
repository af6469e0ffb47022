import { sha256 } from '@noble/hashes/sha2.js';
import { base32nopad } from '@scure/base';

/** 160 bits: another key with the same ones cannot be found. */
const BYTES = 20;

/** What two people compare by voice or on paper to know that they mean the same public key: eight groups of four letters and digits. A hybrid key
 * itself has two thousand. */
export function fingerprint(publicKey: string): string {
  const digest = sha256(new TextEncoder().encode(publicKey.trim().toLowerCase()));
  return (base32nopad.encode(digest.subarray(0, BYTES)).match(/.{4}/g) ?? []).join(' ');
}
