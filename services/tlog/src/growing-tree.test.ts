import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { naiveRoot } from './fixtures/naive-tree.ts';
import { someEntries, tiledLog } from './fixtures/tiled-log.ts';
import { GrowingTree, growingTreeFrom } from './growing-tree.ts';
import { EMPTY_ROOT, leafHash } from './hash.ts';

/** The entries and roots with which implementations of RFC 6962 are compared (certificate-transparency, merkletree tests). */
const VECTORS = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
] as const;

test('has the roots of the vectors of RFC 6962', () => {
  const tree = new GrowingTree();
  expect(tree.root()).toEqual(EMPTY_ROOT);
  for (const [entry, root] of VECTORS) {
    tree.append(leafHash(Buffer.from(entry, 'hex')));
    expect(Buffer.from(tree.root()).toString('hex')).toBe(root);
  }
});

test('has the root of the naive tree at every size around the edges of tiles', () => {
  const entries = someEntries(1030);
  for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 1023, 1024, 1025, 1030])
    expect(tiledLog(entries.slice(0, size)).tree.root()).toEqual(naiveRoot(entries.slice(0, size)));
});

test('has the root of the naive tree where a tile of level 1 becomes full', () => {
  const entries = someEntries(65_538);
  for (const size of [65_535, 65_536, 65_537, 65_538])
    expect(tiledLog(entries.slice(0, size)).tree.root()).toEqual(naiveRoot(entries.slice(0, size)));
});

test('grows on from its tiles as if it had never stopped, and a clone leaves it as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1200), fc.nat(600), async (before, more) => {
      const entries = someEntries(before + more);
      const { tree, read } = tiledLog(entries.slice(0, before));
      const again = await growingTreeFrom(before, (level, index, width) => read({ level, index, width }));
      const clone = tree.clone();
      for (const entry of entries.slice(before))
        expect(again.append(leafHash(entry))).toEqual(clone.append(leafHash(entry)));
      expect(again.root()).toEqual(naiveRoot(entries));
      expect(clone.root()).toEqual(naiveRoot(entries));
      expect(tree.root()).toEqual(naiveRoot(entries.slice(0, before)));
      expect([tree.size, again.size]).toEqual([before, before + more]);
    }),
    { numRuns: 30 },
  );
});
