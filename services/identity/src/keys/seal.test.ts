import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from './seal.ts';

describe('sealing', () => {
  const key = randomBytes(32);

  it('gives back what was sealed, and never the same text twice', async () => {
    const [one, two] = [await seal(key, 'kid-1', 'secret'), await seal(key, 'kid-1', 'secret')];
    expect(await unseal(key, 'kid-1', one)).toBe('secret');
    expect(one).not.toBe(two);
  });

  it('does not open in another record, under another key, or with a bit changed', async () => {
    const sealed = await seal(key, 'kid-1', 'secret');
    await expect(unseal(key, 'kid-2', sealed)).rejects.toThrow('another record');
    await expect(unseal(randomBytes(32), 'kid-1', sealed)).rejects.toThrow();
    const parts = sealed.split('.');
    for (const place of [0, 2, 3, 4]) {
      const bytes = Buffer.from(parts[place] ?? '', 'base64url');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      const changed = parts.with(place, bytes.toString('base64url')).join('.');
      await expect(unseal(key, 'kid-1', changed)).rejects.toThrow();
    }
    await expect(unseal(key, 'kid-1', 'AAAA')).rejects.toThrow();
  });
});
