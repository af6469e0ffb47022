import { expect, test } from '@jest/globals';
import { encodeEntry, ENTRY_BYTES, parseEntry } from './entry.ts';
import { Malformed } from './errors.ts';
import { sha256 } from './hash.ts';

const id = '0198b3a0-5f3c-7a41-9c0e-0123456789ab';

test('an entry is the UUID and the hash of the sealed record, 48 bytes', () => {
  const sealed = Buffer.from('sealed');
  const entry = encodeEntry(id, sealed);
  expect(entry).toHaveLength(ENTRY_BYTES);
  expect(entry.toString('hex').slice(0, 32)).toBe(id.replaceAll('-', ''));
  expect(parseEntry(entry)).toEqual({ id, hash: sha256(sealed) });
});

test('another id or another length is refused', () => {
  for (const other of ['', id.toUpperCase(), `${id}0`, id.replaceAll('-', '')])
    expect(() => encodeEntry(other, Buffer.alloc(1))).toThrow(Malformed);
  expect(() => parseEntry(Buffer.alloc(47))).toThrow(Malformed);
});
