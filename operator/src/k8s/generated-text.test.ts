import { describe, expect, it } from '@jest/globals';
import type { LiveReader } from '../runtime/controller.ts';
import { readOrGenerateOnce, SecretLost } from './generated-text.ts';
import { textSecret } from './secret-data.ts';

const KEY = { namespace: 'clinic', name: 'db-keyfile', entry: 'keyfile' };

function read(texts: Record<string, string> | undefined, isInUse: boolean): Promise<string> {
  const found = texts === undefined ? undefined : textSecret(KEY.name, texts);
  const live = { get: () => Promise.resolve(found) } as unknown as LiveReader;
  return readOrGenerateOnce({ live }, KEY, () => 'new', isInUse);
}

describe('a generated Secret that belongs to data', () => {
  it('is what it is, or new while there is no data', async () => {
    expect(await read({ keyfile: 'old' }, true)).toBe('old');
    expect(await read({ keyfile: 'old' }, false)).toBe('old');
    expect(await read(undefined, false)).toBe('new');
  });

  it('is never made up beside data, and the error names it', async () => {
    await expect(read(undefined, true)).rejects.toThrow(SecretLost);
    await expect(read({ other: 'x' }, true)).rejects.toThrow(
      /Secret db-keyfile with the entry keyfile is gone/,
    );
  });
});
