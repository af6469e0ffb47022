import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ecosystemProgram, until } from '@careplane/testing';

jest.setTimeout(60_000);

const MAIN = join(import.meta.dirname, '../main.ts');
const CONTENT = Buffer.alloc(3_000_000, 'what only they may read\n');

describe('careplane documents as a program', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'careplane-documents-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const succeed = (program: string, args: readonly string[], input?: Buffer): Buffer => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: folder,
      maxBuffer: 100_000_000,
      ...(input && { input }),
    });
    expect([status, stderr.toString().replace(/^(public key|fingerprint): .*\n/gim, '')]).toEqual([0, '']);
    return stdout;
  };
  const careplane = (args: readonly string[], input?: Buffer): Buffer =>
    succeed(process.execPath, [MAIN, 'documents', ...args], input);
  const age = (args: readonly string[], input?: Buffer): Buffer =>
    succeed(ecosystemProgram('age'), args, input);
  const start = (...args: readonly string[]): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [MAIN, 'documents', ...args], {
      cwd: folder,
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });

  it.each(['hybrid', 'x25519'])(
    'takes the place of age with keys of kind %s, and the other way round',
    (kind) => {
      const [own, theirs] = [`own-${kind}.key`, `theirs-${kind}.key`];
      careplane(['keygen', '--kind', kind, '-o', own]);
      succeed(ecosystemProgram('age-keygen'), [...(kind === 'hybrid' ? ['-pq'] : []), '-o', theirs]);
      const publicKeys = Buffer.concat([own, theirs].map((key) => careplane(['keygen', '--public', key])));
      writeFileSync(at('everybody.txt'), publicKeys);
      expect(succeed(ecosystemProgram('age-keygen'), ['-y', own]).toString()).toBe(
        careplane(['keygen', '--public', own]).toString(),
      );
      const byUs = careplane(['encrypt', '-R', 'everybody.txt'], CONTENT);
      const byAge = age(['-a', '-R', 'everybody.txt'], CONTENT);
      for (const key of [own, theirs]) {
        expect(age(['-d', '-i', key], byUs).equals(CONTENT)).toBe(true);
        expect(careplane(['decrypt', '-i', key], byAge).equals(CONTENT)).toBe(true);
      }
      const [forThem = ''] = publicKeys.toString().split('\n').slice(1);
      const shared = careplane(['share', '-i', own, '-r', forThem, '--armor'], byUs);
      expect(age(['-d', '-i', theirs], shared).equals(CONTENT)).toBe(true);
    },
  );

  it('ends with 130 on Ctrl-C, and leaves no part of a file', async () => {
    careplane(['keygen', '-o', 'interrupted.key']);
    const to = careplane(['keygen', '--public', 'interrupted.key']).toString().trim();
    const before = readdirSync(folder);
    const child = start('encrypt', '-r', to, '-o', 'interrupted.age');
    // It ends before it has read all.
    child.stdin.on('error', () => undefined).write(CONTENT);
    const isBegun = (): Promise<boolean> =>
      Promise.resolve(readdirSync(folder).some((name) => name.startsWith('interrupted.age.part-')));
    await until(isBegun, { what: 'the first bytes of the file' });
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('does not take a reader that has enough for success', async () => {
    careplane(['keygen', '-o', 'pipe.key']);
    const to = careplane(['keygen', '--public', 'pipe.key']).toString().trim();
    writeFileSync(at('pipe.age'), careplane(['encrypt', '-r', to], CONTENT));
    const child = start('decrypt', '-i', 'pipe.key', 'pipe.age');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).not.toBe(0);
  });

  it('does what docs/concepts/documents.md shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/concepts/documents.md'), 'utf8');
    const [, commands = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
    expect(commands).toContain('careplane documents share');
    writeFileSync(at('letter.txt'), CONTENT);
    const shell = `set -e\ncareplane() { '${process.execPath}' '${MAIN}' "$@"; }\n${commands}`;
    succeed('bash', ['-c', shell]);
    expect(readFileSync(at('letter-of-anna.txt')).equals(CONTENT)).toBe(true);
  });
});
