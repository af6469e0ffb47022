import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decrypt, encrypt, Tampered } from './cipher.ts';
import { keepsTheContract } from './fixtures/key-provider-contract.ts';
import { framed } from './framing.ts';
import { KeyCache } from './key-cache.ts';
import { keyVersion, localKeyProvider } from './local-key-provider.ts';

describe('framed texts', () => {
  it('differ whenever the lists differ, wherever their texts are joined', () => {
    const lists = [['a|b', 'c'], ['a', 'b|c'], ['a', 'b', 'c'], ['abc'], ['', 'abc'], ['abc', ''], []];
    expect(new Set(lists.map((list) => framed(list).toString('hex'))).size).toBe(lists.length);
  });
});

describe('a ciphertext', () => {
  const key = randomBytes(32);
  const associated = framed(['a record']);

  it.each([0, 1, 15, 16, 17, 100_000])('of %d bytes is read back', (length) => {
    const plaintext = randomBytes(length);
    expect(decrypt(key, associated, encrypt(key, associated, plaintext))).toEqual(plaintext);
  });

  it('is refused under another key, with other associated data, changed in any byte, or cut anywhere', () => {
    const sealed = encrypt(key, associated, Buffer.from('text'));
    expect(() => decrypt(randomBytes(32), associated, sealed)).toThrow(Tampered);
    expect(() => decrypt(key, framed(['another record']), sealed)).toThrow(Tampered);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(() => decrypt(key, associated, changed)).toThrow(Tampered);
      expect(() => decrypt(key, associated, sealed.subarray(0, at))).toThrow(Tampered);
    }
  });

  it('is another one each time', () => {
    const made = Array.from({ length: 100 }, () =>
      encrypt(key, associated, Buffer.from('t')).toString('hex'),
    );
    expect(new Set(made).size).toBe(100);
  });
});

describe('the local key provider', () => {
  const rotating = () => {
    let secrets = ['first secret'];
    let now = 0;
    return {
      provider: localKeyProvider({ read: () => secrets, now: () => now }),
      rotate: (): void => {
        secrets = [`secret ${String(secrets.length)}`, ...secrets];
        now += 60_000;
      },
      set: (next: string[]): void => {
        secrets = next;
        now += 60_000;
      },
    };
  };
  keepsTheContract(() => Promise.resolve(rotating()));

  it('takes up a Secret that changes while it runs, and not one that lost the key in use', async () => {
    const { provider, set } = rotating();
    set(['another secret']);
    expect(await provider.currentVersion()).toBe(keyVersion('first secret'));
    set([]);
    expect(await provider.currentVersion()).toBe(keyVersion('first secret'));
    set(['another secret', 'first secret']);
    expect(await provider.currentVersion()).toBe(keyVersion('another secret'));
  });

  it('starts with no key less', () => {
    expect(() => localKeyProvider({ read: () => [] })).toThrow('no key-encryption key');
  });
});

describe('a data key in memory', () => {
  const keyOf = (cache: KeyCache, id: string): string | undefined =>
    cache.use(id, (key) => key.toString('hex'))?.value;

  it('goes after its age, its uses or for want of room, and is overwritten', () => {
    let now = 1;
    const cache = new KeyCache({ size: 2, maxAgeMs: 1_000, maxUses: 3, now: () => now });
    const keys = Array.from({ length: 5 }, () => randomBytes(32));
    const [aged, used, first, second, third] = keys as [Buffer, Buffer, Buffer, Buffer, Buffer];
    cache.put('aged', aged);
    now += 1_001;
    expect(keyOf(cache, 'aged')).toBeUndefined();
    cache.put('used', used);
    expect([1, 2, 3, 4].map(() => keyOf(cache, 'used') !== undefined)).toEqual([true, true, true, false]);
    cache.put('first', first);
    cache.put('second', second);
    cache.put('third', third);
    expect(cache.has('first')).toBe(false);
    expect([aged, used, first].every((key) => key.equals(Buffer.alloc(32)))).toBe(true);
    expect(second.equals(Buffer.alloc(32))).toBe(false);
    cache.close();
    expect([second, third].every((key) => key.equals(Buffer.alloc(32)))).toBe(true);
  });
});
