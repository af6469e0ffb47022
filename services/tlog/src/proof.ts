import { NotVerified } from './errors.ts';
import { EMPTY_ROOT, isSameHash, nodeHash } from './hash.ts';

/** The entries from `from` up to, but without, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A root and the number of entries below it. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** The subtrees whose hashes are the inclusion proof of an entry (PATH of RFC 6962, 2.1.1), from the leaf upwards. */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no entry ${index} in a tree of ${size}`);
  return pathRanges(index, { from: 0, to: size });
}

function pathRanges(index: number, { from, to }: Range): Range[] {
  if (to - from === 1) return [];
  const middle = from + largestPowerBelow(to - from);
  return index < middle
    ? [...pathRanges(index, { from, to: middle }), { from: middle, to }]
    : [...pathRanges(index, { from: middle, to }), { from, to: middle }];
}

/** The subtrees whose hashes are the consistency proof of two sizes (PROOF of RFC 6962, 2.1.2). Empty from size 0. */
export function consistencyRanges(oldSize: number, size: number): Range[] {
  if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError(`no way from size ${oldSize} to ${size}`);
  return oldSize === 0 ? [] : subproofRanges(oldSize, { from: 0, to: size }, true);
}

function subproofRanges(edge: number, { from, to }: Range, isWhole: boolean): Range[] {
  if (edge === to) return isWhole ? [] : [{ from, to }];
  const middle = from + largestPowerBelow(to - from);
  return edge <= middle
    ? [...subproofRanges(edge, { from, to: middle }, isWhole), { from: middle, to }]
    : [...subproofRanges(edge, { from: middle, to }, false), { from, to: middle }];
}

/** The largest power of two that is less than n. Without bit operations, which end at 32 bits. */
export function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** Checks that the entry is in the tree (RFC 9162, 2.1.3.2). @throws NotVerified */
export function verifyInclusion(
  index: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  head: TreeHead,
): void {
  const isIn = index >= 0 && index < head.size;
  const sides = isIn ? [...sidesOf(index, head.size - 1)] : [];
  const root = sides.reduce((hash, side, at) => joined(hash, side, proof[at]), leaf);
  if (!isIn || proof.length !== sides.length || !isSameHash(root, head.root))
    throw new NotVerified(`entry ${index} is not in the tree of ${head.size} entries`);
}

/** Checks that the new tree begins with the old one (RFC 9162, 2.1.4.2). @throws NotVerified */
export function verifyConsistency(old: TreeHead, head: TreeHead, proof: readonly Uint8Array[]): void {
  const isConsistent =
    old.size > 0 && old.size < head.size ? grows(old, head, proof) : isSame(old, head, proof);
  if (!isConsistent)
    throw new NotVerified(`the tree of ${head.size} entries does not begin with that of ${old.size}`);
}

/** An empty tree is the beginning of every tree, and each tree of itself: there is nothing to prove. */
function isSame(old: TreeHead, head: TreeHead, proof: readonly Uint8Array[]): boolean {
  const expected = old.size === 0 ? EMPTY_ROOT : head.root;
  return old.size <= head.size && proof.length === 0 && isSameHash(old.root, expected);
}

function grows(old: TreeHead, head: TreeHead, proof: readonly Uint8Array[]): boolean {
  const [first, ...rest] = isPowerOfTwo(old.size) ? [old.root, ...proof] : proof;
  let [at, last] = [old.size - 1, head.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  const sides = [...sidesOf(at, last)];
  if (first === undefined || rest.length !== sides.length) return false;
  // What is on the left is in both trees; what is on the right came later.
  const oldRoot = sides.reduce(
    (hash, side, nth) => (side === 'left' ? joined(hash, side, rest[nth]) : hash),
    first,
  );
  const newRoot = sides.reduce((hash, side, nth) => joined(hash, side, rest[nth]), first);
  return isSameHash(oldRoot, old.root) && isSameHash(newRoot, head.root);
}

type Side = 'left' | 'right';

/** On which side of the way from a node to the root the hashes of the proof stand. */
function* sidesOf(node: number, lastNode: number): Generator<Side> {
  let [at, last] = [node, lastNode];
  while (last > 0) {
    if (isOdd(at) || at === last) {
      yield 'left';
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      yield 'right';
    }
    [at, last] = [half(at), half(last)];
  }
}

/** Without the other hash the node stays as it is: the number of hashes is compared by the caller. */
function joined(hash: Uint8Array, side: Side, other: Uint8Array | undefined): Uint8Array {
  if (other === undefined) return hash;
  return side === 'left' ? nodeHash(other, hash) : nodeHash(hash, other);
}

function isOdd(n: number): boolean {
  return n % 2 === 1;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  return n === 1 || largestPowerBelow(n) * 2 === n;
}
