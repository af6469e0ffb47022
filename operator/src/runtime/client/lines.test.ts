import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from './lines.ts';
import { parseWatchEvent } from '../cache/watch-event.ts';

describe('the line splitter', () => {
  it('gives the same lines wherever the chunks are cut, also inside a character', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((line) => !line.includes('\n')),
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const splitter = new LineSplitter();
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const found = places.flatMap((place, index) =>
          splitter.push(bytes.subarray(place, places[index + 1] ?? bytes.length)),
        );
        expect(found).toEqual(lines);
        expect(splitter.rest).toBe(0);
      }),
    );
  });

  it('says how much of an unfinished line is left', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from('{"a":1}\n{"b'))).toEqual(['{"a":1}']);
    expect(splitter.rest).toBe(3);
  });
});

describe('the parser of watch events', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

  it('reads events and bookmarks', () => {
    for (const type of ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])
      expect(parseWatchEvent(JSON.stringify({ type, object }), 'x')).toEqual({ type, object });
  });

  it("throws the server's error with its code, so that 410 leads to a new list", () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    expect(() => parseWatchEvent(JSON.stringify({ type: 'ERROR', object: status }), 'pods')).toThrow(
      expect.objectContaining({ status: 410, reason: 'Expired' }),
    );
  });

  it.each(['{"type":"ADDED"', '{"type":"ADDED"}', 'null', '{"type":"OTHER","object":{}}'])(
    'throws instead of skipping %s',
    (line) => {
      expect(() => parseWatchEvent(line, 'pods')).toThrow();
    },
  );
});
