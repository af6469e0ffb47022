import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeBundle, parseBundle } from './bundle.ts';
import { Malformed } from './errors.ts';
import { parseTilePath, tilePath, tilesOf, widthIn } from './tile.ts';

test('paths are those of the specification', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tilePath({ level: 2, index: 0, width: 17 })).toBe('tile/2/000.p/17');
  expect(tilePath({ level: 'entries', index: 1000, width: 1 })).toBe('tile/entries/x001/000.p/1');
});

test('a path is read back, and has one spelling', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
      fc.nat(2 ** 31 - 1),
      fc.integer({ min: 1, max: 256 }),
      (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
      },
    ),
  );
  const others = [
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/01',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000.p',
    'tile/-1/000',
    'tile/0/1e3',
    `tile/0/${'x999/'.repeat(6)}999`,
    'tile/data/000',
    '',
  ];
  for (const other of others) expect(() => parseTilePath(other)).toThrow(Malformed);
});

test('the example of 70,000 entries has the tiles that the specification counts', () => {
  const widths = (level: number): number[] => [...tilesOf(70_000, level)].map(({ width }) => width);
  expect(widths(0)).toEqual([...Array<number>(273).fill(256), 112]);
  expect(widths(1)).toEqual([256, 17]);
  expect(widths(2)).toEqual([1]);
  expect(widths(3)).toEqual([]);
  expect(widthIn(256, { level: 1, index: 0 })).toBe(1);
});

test('a bundle gives back its entries, and refuses to end within one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), (entries) => {
      const bundle = encodeBundle(entries);
      expect(parseBundle(bundle).map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]));
      const last = entries.at(-1);
      if (last) expect(() => parseBundle(bundle.subarray(0, -1))).toThrow(Malformed);
    }),
  );
  expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow(RangeError);
});
