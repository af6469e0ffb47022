import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeArmor, encodeArmor } from './armor.ts';
import { collect, streamOf } from './bytes.ts';
import { decrypt, encrypt, rewrap } from './documents.ts';
import { age, ageKey } from './fixtures/age-tool.ts';
import { contentOf, LENGTHS } from './fixtures/content.ts';
import { joinFile, splitFile } from './header.ts';
import { generateKey, identity, passphraseIdentity, publicKeyOf } from './identities.ts';
import { passphraseRecipient, recipient } from './recipients.ts';

describe('beside the age tool', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'careplane-age-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const keyFile = (secretKey: string): string => {
    const path = join(folder, 'key.txt');
    writeFileSync(path, `${secretKey}\n`, { mode: 0o600 });
    return path;
  };

  describe.each(['x25519', 'hybrid'] as const)('with a key of kind %s', (kind) => {
    it.each(LENGTHS)('opens what age has made of %d bytes', async (length) => {
      const { secretKey, publicKey } = await ageKey(kind);
      const file = await age(['-r', publicKey], contentOf(length));
      const content = await collect(await decrypt(streamOf(file), [identity(secretKey)]));
      expect(Buffer.compare(content, contentOf(length))).toBe(0);
    });

    it.each(LENGTHS)('makes what age opens, of %d bytes', async (length) => {
      const secretKey = await generateKey(kind);
      const to = [recipient(await publicKeyOf(secretKey))];
      const file = await collect(await encrypt(streamOf(contentOf(length)), to));
      expect(Buffer.compare(await age(['-d', '-i', keyFile(secretKey)], file), contentOf(length))).toBe(0);
    });

    it('knows the public key of a secret key of age-keygen', async () => {
      const { secretKey, publicKey } = await ageKey(kind);
      expect(await publicKeyOf(secretKey)).toBe(publicKey);
    });

    it('shares what age has made with somebody else, who opens it with age', async () => {
      const [sender, other] = [await ageKey(kind), await ageKey(kind)];
      const file = await age(['-r', sender.publicKey], contentOf(200_000));
      const { header, payload } = await splitFile(streamOf(file));
      const shared = await rewrap(header.bytes, [identity(sender.secretKey)], [recipient(other.publicKey)]);
      const rewrapped = await collect(joinFile(shared, payload));
      expect(
        Buffer.compare(await age(['-d', '-i', keyFile(other.secretKey)], rewrapped), contentOf(200_000)),
      ).toBe(0);
      await expect(age(['-d', '-i', keyFile(sender.secretKey)], rewrapped)).rejects.toThrow(
        'no identity matched',
      );
    });
  });

  it.each([0, 47, 48, 49, 65_536, 300_000])('reads and writes its text form, of %d bytes', async (length) => {
    const { secretKey, publicKey } = await ageKey('x25519');
    const armored = await age(['-a', '-r', publicKey], contentOf(length));
    const content = await collect(await decrypt(decodeArmor(streamOf(armored)), [identity(secretKey)]));
    expect(Buffer.compare(content, contentOf(length))).toBe(0);
    const file = await encrypt(streamOf(contentOf(length)), [recipient(publicKey)]);
    const ours = await collect(file.pipeThrough(encodeArmor()));
    expect(Buffer.compare(await age(['-d', '-i', keyFile(secretKey)], ours), contentOf(length))).toBe(0);
  });

  it('opens and makes files to a passphrase', async () => {
    const env = { AGE_PASSPHRASE: 'correct horse', AGE_PASSPHRASE_WORK_FACTOR: '12' };
    const file = await age(['-e', '-j', 'batchpass'], contentOf(100), env);
    const content = await decrypt(streamOf(file), [passphraseIdentity(env.AGE_PASSPHRASE)]);
    expect(Buffer.compare(await collect(content), contentOf(100))).toBe(0);
    const to = [passphraseRecipient(env.AGE_PASSPHRASE, { workFactor: 12 })];
    const ours = await collect(await encrypt(streamOf(contentOf(100)), to));
    expect(Buffer.compare(await age(['-d', '-j', 'batchpass'], ours, env), contentOf(100))).toBe(0);
  });

  it('has headers that age takes after any change of one byte for as broken as we do', async () => {
    const { secretKey, publicKey } = await ageKey('x25519');
    const file = await age(['-r', publicKey], contentOf(1));
    const { header } = await splitFile(streamOf(file));
    for (let at = 0; at < header.bytes.length; at += 7) {
      const broken = Buffer.from(file);
      broken[at] = (broken[at] ?? 0) ^ 1;
      await expect(age(['-d', '-i', keyFile(secretKey)], broken)).rejects.toThrow('age ended with 1');
      await expect(decrypt(streamOf(broken), [identity(secretKey)])).rejects.toThrow();
    }
  });
});
