import { expect, it } from '@jest/globals';
import { progressLine } from './progress.ts';

it.each([
  [310e6, 688e6, 1000, '45 %, 310 MB of 688 MB, 310 MB/s'],
  [310e6, undefined, 2000, '310 MB, 155 MB/s'],
  [0, 0, 0, '0 %, 0 MB of 0 MB, 0 MB/s'],
])('tells how far %d of %p bytes are after %d ms', (bytes, size, ms, line) => {
  expect(progressLine(bytes, size, ms)).toBe(line);
});
