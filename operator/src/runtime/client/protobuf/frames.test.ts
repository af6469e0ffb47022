import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { framed } from '../../fixtures/protobuf-encoder.ts';
import { FrameSplitter } from './frames.ts';

it('gives the same frames wherever the chunks are cut, also inside a length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.array(fc.nat(600)), (contents, cuts) => {
      const bytes = Buffer.concat(contents.map((content) => framed(Buffer.from(content))));
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const splitter = new FrameSplitter();
      const found = places.flatMap((place, index) =>
        splitter.push(bytes.subarray(place, places[index + 1] ?? bytes.length)),
      );
      expect(found.map((frame) => [...frame])).toEqual(contents.map((content) => [...content]));
      expect(splitter.rest).toBe(0);
    }),
  );
});

it('says how much of an unfinished frame is left', () => {
  const splitter = new FrameSplitter();
  expect(splitter.push(Buffer.concat([framed(Buffer.from('whole')), Buffer.from([0, 0])]))).toHaveLength(1);
  expect(splitter.rest).toBe(2);
  expect(splitter.push(Buffer.from([0, 3, 1]))).toEqual([]);
  expect(splitter.rest).toBe(5);
});

it('waits for no more bytes than an object can have', () => {
  expect(() => new FrameSplitter().push(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow('a frame of');
});
