import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeVerifierKey, parseSigningKey } from '@careplane/tlog';
import { pack } from 'tar-stream';
import {
  checkpointOf,
  exportOf,
  lineOf,
  logKey,
  someRecords,
  witnessKey,
  writeExport,
  type Files,
} from '../audit/fixtures/audit-export.ts';
import { recordingTerminal, type RecordingTerminal } from '../fixtures/recording-terminal.ts';
import { run } from '../program.ts';

const records = someRecords(300);
const key = encodeVerifierKey(logKey.verifier);
const witness = encodeVerifierKey(witnessKey.verifier);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-audit-'));
  await writeExport(join(folder, 'export'), exportOf(records));
  await writeFile(join(folder, 'log.vkey'), `${key}\n`);
  await writeFile(join(folder, 'former'), checkpointOf(records.slice(0, 100)));
});

afterAll(() => rm(folder, { recursive: true }));

async function careplane(...args: string[]): Promise<{ code: number; terminal: RecordingTerminal }> {
  const terminal = recordingTerminal();
  return { code: await run(['audit', 'verify', ...args], terminal), terminal };
}

async function tar(path: string, files: Files, top: string): Promise<void> {
  const archive = pack();
  for (const [name, bytes] of files) archive.entry({ name: `${top}${name}` }, bytes);
  archive.finalize();
  await pipeline(archive, createWriteStream(path));
}

test('a folder is verified, with a key from a file, a witness and a former checkpoint', async () => {
  const { code, terminal } = await careplane(
    join(folder, 'export'),
    '--key',
    join(folder, 'log.vkey'),
    '--witness-key',
    witness,
    '--since',
    join(folder, 'former'),
  );
  expect(terminal.errors()).toBe('');
  expect(code).toBe(0);
  expect(terminal.output()).toContain(
    'log          clinic.example/audit\nentries      300, all verified with their records\n',
  );
  expect(terminal.output()).toContain('cosigned by  witness.example/w1 at 2026-01-02T03:04:05.000Z\n');
  expect(terminal.output()).toContain('begins with  the former checkpoint of 100 entries\n');
});

test.each(['', './', 'export/', 'a/b/'])('a .tar is verified whose names begin with "%s"', async (top) => {
  const path = join(folder, `${Buffer.from(top).toString('hex')}.tar`);
  await tar(path, exportOf(records), top);
  expect((await careplane(path, '--key', key)).code).toBe(0);
});

test('a forged record ends with 2 and the name of the entry, in words and as JSON', async () => {
  const forged = records.with(12, { id: records[12]?.id ?? '', sealed: Buffer.from('forged') });
  const files = exportOf(records).set('records.ndjson', Buffer.from(forged.map(lineOf).join('')));
  const path = join(folder, 'forged.tar');
  await tar(path, files, '');
  const told = await careplane(path, '--key', key);
  expect(told.code).toBe(2);
  expect(told.terminal.errors()).toBe(
    'careplane: NOT VERIFIED: entry 12 (00000000-0000-7000-8000-00000000000c): its record is not the one that was logged\n',
  );
  const asJson = await careplane(path, '--key', key, '-o', 'json');
  expect(asJson.code).toBe(2);
  expect(JSON.parse(asJson.terminal.output())).toMatchObject({
    verified: false,
    index: 12,
    id: records[12]?.id,
  });
});

test('what could not be verified ends with 1 and says why', async () => {
  const path = join(folder, 'export');
  expect(await careplane(path)).toMatchObject({ code: 1 });
  for (const [args, message] of [
    [[join(folder, 'nowhere'), '--key', key], 'nowhere cannot be read'],
    [[join(folder, 'former'), '--key', key], 'is no whole tar archive'],
    [[path, '--key', join(folder, 'none.vkey')], 'none.vkey cannot be read'],
    [[path, '--key', witness], "--key takes the log's"],
    [[path, '--key', key, '--witness-key', key], "--witness-key a witness's"],
    [[path, '--key', key.slice(0, -4)], 'not a key'],
    [[path, '--key', key, '--since', join(folder, 'none')], 'none cannot be read'],
  ] as const) {
    const { code, terminal } = await careplane(...args);
    expect([code, terminal.errors()]).toEqual([1, expect.stringContaining(message)]);
  }
});

test('a key for a log goes into a file that its owner alone can read, and its verifier key is said', async () => {
  const path = join(folder, 'made.key');
  const terminal = recordingTerminal();
  expect(await run(['audit', 'keygen', 'careplane.dev/clinic/audit', '-o', path], terminal)).toBe(0);
  const made = parseSigningKey((await readFile(path, 'utf8')).trim());
  expect([made.verifier.name, made.verifier.algorithm]).toEqual(['careplane.dev/clinic/audit', 'ed25519']);
  expect(terminal.errors()).toBe(`verifier key: ${encodeVerifierKey(made.verifier)}\n`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const again = recordingTerminal();
  expect(await run(['audit', 'keygen', 'careplane.dev/clinic/audit', '-o', path], again)).toBe(1);
  expect(await run(['audit', 'keygen', 'a name', '-o', join(folder, 'no.key')], recordingTerminal())).toBe(1);
});
