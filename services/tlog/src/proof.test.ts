import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NotVerified } from './errors.ts';
import { naivePath, naiveProof, naiveRoot } from './fixtures/naive-tree.ts';
import { someEntries, tiledLog } from './fixtures/tiled-log.ts';
import { leafHash } from './hash.ts';
import { verifyConsistency, verifyInclusion } from './proof.ts';
import { consistencyProof, inclusionProof, rootFromTiles } from './tiled-tree.ts';

const entries = someEntries(700);
const roots = entries.map((_entry, at) => naiveRoot(entries.slice(0, at + 1)));
const headOf = (size: number): { size: number; root: Uint8Array } => ({
  size,
  root: size === 0 ? naiveRoot([]) : (roots[size - 1] ?? naiveRoot([])),
});

/** Any change of one bit of one hash, or a hash more or less. */
function broken(proof: readonly Uint8Array[]): Uint8Array[][] {
  const flipped = proof.map((_hash, at) =>
    proof.map((hash, other) => {
      const copy = Buffer.from(hash);
      if (other === at) copy[31] = (copy[31] ?? 0) ^ 1;
      return copy;
    }),
  );
  return [...flipped, proof.slice(0, -1), [...proof, leafHash(Buffer.from('more'))]].filter(
    (one) => one.length !== proof.length || proof.length > 0,
  );
}

test('an inclusion proof from tiles is that of RFC 6962; it verifies, and nothing else does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 700 }), fc.nat(), async (size, any) => {
      const index = any % size;
      const leaf = leafHash(entries[index] ?? Buffer.alloc(0));
      const proof = await inclusionProof(index, size, tiledLog(entries.slice(0, size)).read);
      expect(proof).toEqual(naivePath(index, entries.slice(0, size)));
      verifyInclusion(index, leaf, proof, headOf(size));
      for (const other of broken(proof).filter((one) => one.length > 0 || proof.length > 0))
        expect(() => {
          verifyInclusion(index, leaf, other, headOf(size));
        }).toThrow(NotVerified);
      expect(() => {
        verifyInclusion(index, leafHash(Buffer.from('another')), proof, headOf(size));
      }).toThrow(NotVerified);
      expect(() => {
        verifyInclusion(size, leaf, proof, headOf(size));
      }).toThrow(NotVerified);
    }),
    { numRuns: 60 },
  );
});

test('a consistency proof from tiles is that of RFC 6962; it verifies, and nothing else does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 700 }), fc.nat(), async (size, any) => {
      const old = any % (size + 1);
      const proof = await consistencyProof(old, size, tiledLog(entries.slice(0, size)).read);
      expect(proof).toEqual(naiveProof(old, entries.slice(0, size)));
      verifyConsistency(headOf(old), headOf(size), proof);
      for (const other of broken(proof).filter((one) => one.length > 0 || proof.length > 0))
        expect(() => {
          verifyConsistency(headOf(old), headOf(size), other);
        }).toThrow(NotVerified);
      expect(() => {
        verifyConsistency({ size: old, root: leafHash(Buffer.from('fork')) }, headOf(size), proof);
      }).toThrow(NotVerified);
    }),
    { numRuns: 60 },
  );
});

test('small trees, all sizes and entries', async () => {
  for (let size = 1; size <= 20; size += 1) {
    const { read } = tiledLog(entries.slice(0, size));
    expect(await rootFromTiles(size, read)).toEqual(headOf(size).root);
    for (let old = 0; old <= size; old += 1)
      verifyConsistency(headOf(old), headOf(size), await consistencyProof(old, size, read));
    for (let index = 0; index < size; index += 1)
      verifyInclusion(
        index,
        leafHash(entries[index] ?? Buffer.alloc(0)),
        naivePath(index, entries.slice(0, size)),
        headOf(size),
      );
  }
});

test('a tree that is smaller than the old one is refused', () => {
  expect(() => {
    verifyConsistency(headOf(5), headOf(4), []);
  }).toThrow(NotVerified);
});
