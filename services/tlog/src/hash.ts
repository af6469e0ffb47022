import { hash } from 'node:crypto';

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;

/** The root of a tree without entries (RFC 6962, 2.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** Written anew by each call of `nodeHash`, which does not give way to another one: a million nodes need no million buffers. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

export function sha256(data: Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** SHA-256(0x00 || data): the hash of an entry (RFC 6962, 2.1). */
export function leafHash(data: Uint8Array): Buffer {
  const leaf = Buffer.allocUnsafe(1 + data.length);
  leaf[0] = 0;
  leaf.set(data, 1);
  return sha256(leaf);
}

/** SHA-256(0x01 || left || right): the hash of a node above two others (RFC 6962, 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/**
 * The root above the hashes of subtrees that stand side by side, each perfect and none larger than the one before it.
 * @throws RangeError without a subtree
 */
export function foldRight(subtrees: readonly Uint8Array[]): Uint8Array {
  const last = subtrees.at(-1);
  if (last === undefined) throw new RangeError('a root needs a subtree');
  return subtrees.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** Compares hashes, which are no secrets. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
