import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { findTexts } from './leaks.ts';

describe('the search for texts in a dump', () => {
  const around = (bytes: Buffer, offset: number): Buffer =>
    Buffer.concat([randomBytes(7 + offset), bytes, randomBytes(11)]);
  const forms: readonly (readonly [string, (text: string) => Buffer])[] = [
    ['plain', (text) => Buffer.from(text)],
    ['lower-cased', (text) => Buffer.from(text.toLowerCase())],
    ['upper-cased', (text) => Buffer.from(text.toUpperCase())],
    ['UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['hexadecimal', (text) => Buffer.from(Buffer.from(text).toString('hex'))],
    ['percent-encoded', (text) => Buffer.from(encodeURIComponent(text))],
    ...[0, 1, 2].map((offset): [string, (text: string) => Buffer] => [
      `base64 at ${String(offset)}`,
      (text) => Buffer.from(around(Buffer.from(text), offset).toString('base64')),
    ]),
    ['base64url', (text) => Buffer.from(around(Buffer.from(text), 0).toString('base64url'))],
  ];

  it.each(forms)('finds a text that is %s', (_form, encode) => {
    for (const text of ['Quellenbusch', 'Königs Wusterhausen', '1957-03-12']) {
      expect(findTexts(around(encode(text), 1), [text, 'Nachtweih'])).toEqual([text]);
    }
  });

  it('finds nothing where nothing is', () => {
    expect(findTexts(randomBytes(1_000_000), ['Quellenbusch', '1957-03-12'])).toEqual([]);
  });
});
