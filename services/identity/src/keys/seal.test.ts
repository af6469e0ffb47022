import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from './seal.ts';

describe('sealing', () => {
  const key = randomBytes(32);

  it('gives back what was sealed, and never the same bytes twice', () => {
    const [one, two] = [seal(key, 'kid-1', 'secret'), seal(key, 'kid-1', 'secret')];
    expect(unseal(key, 'kid-1', one)).toBe('secret');
    expect(one).not.toBe(two);
  });

  it('does not open in another record, under another key, or with a bit changed', () => {
    const sealed = seal(key, 'kid-1', 'secret');
    expect(() => unseal(key, 'kid-2', sealed)).toThrow();
    expect(() => unseal(randomBytes(32), 'kid-1', sealed)).toThrow();
    for (const place of [0, 12, -1]) {
      const bytes = Buffer.from(sealed, 'base64');
      const index = place < 0 ? bytes.length + place : place;
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      expect(() => unseal(key, 'kid-1', bytes.toString('base64'))).toThrow();
    }
    expect(() => unseal(key, 'kid-1', 'AAAA')).toThrow(RangeError);
  });
});
