import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fingerprint, generateKey, publicKeyOf } from '@careplane/documents';
import type { ListedKey } from '@careplane/documents';
import { recipientsOf } from './known-keys.ts';

describe('recipients from the directory of a clinic', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'careplane-known-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const known = (): string => join(folder, 'known');
  const keyOf = async (owner: string, over: Partial<ListedKey> = {}): Promise<ListedKey> => {
    const publicKey = await publicKeyOf(await generateKey('x25519'));
    const key = { kind: 'x25519' as const, publicKey, fingerprint: fingerprint(publicKey) };
    return { id: publicKey, owner, ...key, from: '2020-01-01T00:00:00Z', ...over };
  };
  const asked = async (keys: readonly ListedKey[], ...owners: string[]): Promise<number> => {
    const server = { keysOf: () => Promise.resolve(keys) };
    return (await recipientsOf({ for: owners, knownKeys: known() }, server)).length;
  };

  it('believes the first keys of somebody, and remembers them', async () => {
    const [ann, ben] = [await keyOf('Patient/1'), await keyOf('Practitioner/2')];
    expect(await asked([ann, ben], 'Patient/1', 'Practitioner/2')).toBe(2);
    expect(readFileSync(known(), 'utf8')).toBe(
      `Patient/1 ${ann.fingerprint}\nPractitioner/2 ${ben.fingerprint}\n`,
    );
    expect(await asked([ann], 'Patient/1')).toBe(1);
    expect(readFileSync(known(), 'utf8').split('\n')).toHaveLength(3);
  });

  it('refuses a key that came later until it is added, and remembers nothing of it', async () => {
    const [first, later] = [await keyOf('Patient/1'), await keyOf('Patient/1')];
    await asked([first], 'Patient/1');
    await expect(asked([first, later], 'Patient/1')).rejects.toThrow(`Patient/1 ${later.fingerprint}`);
    expect(readFileSync(known(), 'utf8')).not.toContain(later.fingerprint);
    writeFileSync(known(), `${readFileSync(known(), 'utf8')}  Patient/1 ${later.fingerprint}  \n`);
    expect(await asked([first, later], 'Patient/1')).toBe(2);
  });

  it('names who has published no key that could be used', async () => {
    const ended = await keyOf('Patient/1', { until: '2021-01-01T00:00:00Z' });
    await expect(asked([], 'Patient/1')).rejects.toThrow('Patient/1 has published no key');
    await expect(asked([ended], 'Patient/1')).rejects.toThrow('Patient/1');
  });
});
