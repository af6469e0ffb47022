import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TextScanner } from './text-scanner.ts';

describe('the search for texts in a dump', () => {
  const around = (bytes: Buffer, offset: number): Buffer =>
    Buffer.concat([randomBytes(7 + offset), bytes, randomBytes(11)]);
  const forms: readonly (readonly [string, (text: string) => Buffer])[] = [
    ['plain', (text) => Buffer.from(text)],
    ['lower-cased', (text) => Buffer.from(text.toLowerCase())],
    ['upper-cased', (text) => Buffer.from(text.toUpperCase())],
    ['decomposed', (text) => Buffer.from(text.normalize('NFD'))],
    ['UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['UTF-16 of the other order', (text) => Buffer.from(text, 'utf16le').swap16()],
    ['hexadecimal', (text) => Buffer.from(Buffer.from(text).toString('hex'))],
    ['percent-encoded', (text) => Buffer.from(encodeURIComponent(text))],
    ['escaped', (text) => Buffer.from(text.replaceAll('ö', String.raw`\u00f6`))],
    ...[0, 1, 2].map((offset): [string, (text: string) => Buffer] => [
      `base64 at ${String(offset)}`,
      (text) => Buffer.from(around(Buffer.from(text), offset).toString('base64')),
    ]),
    ['base64url', (text) => Buffer.from(around(Buffer.from(text), 0).toString('base64url'))],
  ];

  it.each(forms)('finds a text that is %s', async (_form, encode) => {
    for (const text of ['Quellenbusch', 'Königs Wusterhausen', '1957-03-12']) {
      const scanner = new TextScanner([text, 'Nachtweih']);
      expect([...(await scanner.find([around(encode(text), 1)]))]).toEqual([text]);
    }
  });

  it('finds nothing where nothing is', async () => {
    const scanner = new TextScanner(['Quellenbusch', '1957-03-12']);
    expect([...(await scanner.find([randomBytes(1_000_000)]))]).toEqual([]);
  });

  it('finds the same wherever the stream is cut', async () => {
    const texts = ['Quellenbusch', 'Nachtweih', '1957-03-12'];
    const scanner = new TextScanner(texts);
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(texts),
        fc.array(fc.nat(200), { maxLength: 20 }),
        async (planted, cuts) => {
          const bytes = Buffer.concat([
            randomBytes(50),
            ...planted.map((text) => around(Buffer.from(text), 0)),
          ]);
          const chunks = [];
          let rest = bytes;
          for (const cut of cuts) {
            chunks.push(rest.subarray(0, cut));
            rest = rest.subarray(cut);
          }
          expect([...(await scanner.find([...chunks, rest]))].sort()).toEqual([...planted].sort());
        },
      ),
    );
  });

  it('refuses a text that would be found in anything', () => {
    expect(() => new TextScanner(['Quellenbusch', 'Ann'])).toThrow('less than 5 bytes');
  });
});
