import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeVerifierKey, generateSigningKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import { ecosystemProgram } from '@careplane/testing';
import {
  checkpointOf,
  exportOf,
  logKey,
  someRecords,
  witnessKey,
  writeExport,
} from './fixtures/audit-export.ts';
import type { Files } from './fixtures/audit-export.ts';

/** A program of golang.org/x/mod/sumdb and github.com/transparency-dev/formats, which knows nothing of Careplane. */

const COUNT = 600;
const records = someRecords(COUNT);

interface Verdict {
  readonly status: number | null;
  readonly said: string;
}

async function verify(
  files: Files,
  { former = checkpointOf(records.slice(0, 300)), witness = witnessKey.verifier, log = logKey.verifier } = {},
): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'public-verifier-'));
  try {
    await writeExport(folder, files);
    const kept = join(folder, 'former');
    await writeFile(kept, former);
    const keys = [log, witness].map((key: VerifierKey) => encodeVerifierKey(key));
    const { status, stdout, stderr } = spawnSync(ecosystemProgram('verify-tlog'), [folder, ...keys, kept], {
      encoding: 'utf8',
    });
    return { status, said: `${stdout}${stderr}` };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The export with one bit of a file changed. */
function changed(path: string, at: number): Files {
  const files = exportOf(records);
  const bytes = Buffer.from(files.get(path) ?? '');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return files.set(path, bytes);
}

describe('a public verifier', () => {
  it('verifies signature, cosignature, each entry and a former checkpoint', async () => {
    expect(await verify(exportOf(records))).toEqual({ status: 0, said: `verified ${COUNT} entries\n` });
  });

  it.each([
    ['an entry', 'tile/entries/000', 40],
    ['the last entry', 'tile/entries/002.p/88', 88 * 50 - 1],
    ['a leaf hash', 'tile/0/001', 17],
    ['a leaf hash at the edge', 'tile/0/002.p/88', 88 * 32 - 1],
    ['a hash above', 'tile/1/000.p/2', 33],
    ['the size', 'checkpoint', logKey.verifier.name.length + 1],
    ['the root', 'checkpoint', logKey.verifier.name.length + 8],
    ['the cosignature', 'checkpoint', exportOf(records).get('checkpoint')?.length ?? 0],
  ])('refuses the log when a byte of %s is another one', async (_what, path, at) => {
    const files = exportOf(records);
    const length = files.get(path)?.length ?? 0;
    expect((await verify(changed(path, Math.min(at, length - 12)))).status).toBe(1);
  });

  it('refuses a fork of what was kept before, and keys of others', async () => {
    const fork = exportOf([...records.slice(0, 200), ...someRecords(COUNT, ' of a fork').slice(200)]);
    expect((await verify(fork)).status).toBe(1);
    expect((await verify(fork, { former: checkpointOf(records.slice(0, 200)) })).status).toBe(0);
    const witness = generateSigningKey(witnessKey.verifier.name, 'cosignature/v1').verifier;
    expect((await verify(exportOf(records), { witness })).said).toContain('no verifiable signatures');
    const log = generateSigningKey(logKey.verifier.name, 'ed25519').verifier;
    expect((await verify(exportOf(records), { log })).status).toBe(1);
  });
});
