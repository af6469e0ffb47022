import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordingTerminal } from '../fixtures/recording-terminal.ts';
import { run } from '../program.ts';
import type { Terminal } from '../terminal.ts';

const CONTENT = Buffer.from('what only they may read\n'.repeat(10_000));

describe('careplane documents', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'careplane-documents-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(at(name), content);
    return at(name);
  };
  const documents = async (
    args: readonly string[],
    { input = '', ...others }: { input?: string | Uint8Array } & Partial<Omit<Terminal, 'input'>> = {},
  ): Promise<{ code: number; output: string; errors: string; written: Buffer }> => {
    const terminal = { ...recordingTerminal({}, input), ...others };
    const code = await run(['documents', ...args], terminal);
    return { code, output: terminal.output(), errors: terminal.errors(), written: terminal.written() };
  };
  /** A key in a file: its path, and its public key. */
  const newKey = async (name: string, kind = 'x25519'): Promise<[path: string, publicKey: string]> => {
    const path = at(name);
    const { errors } = await documents(['keygen', '--kind', kind, '-o', path]);
    return [path, /age1\w+/.exec(errors)?.[0] ?? ''];
  };

  it('makes keys that only their owner can read, and shows their public keys', async () => {
    const [path, publicKey] = await newKey('hybrid.key', 'hybrid');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(
      /^# created: .+\n# public key: age1pq1\w+\nAGE-SECRET-KEY-PQ-1\w+\n$/,
    );
    expect((await documents(['keygen', '--public', path])).output).toBe(`${publicKey}\n`);
    const { errors, written } = await documents(['keygen']);
    expect(written.toString()).toContain('AGE-SECRET-KEY-PQ-1');
    expect(errors).toMatch(/^public key: age1pq1\w+\nfingerprint: ([A-Z2-7]{4} ?){8}\n$/);
  });

  it('encrypts and decrypts files, and what comes by the standard input', async () => {
    const [key, publicKey] = await newKey('ann.key');
    const plain = file('letter.txt', CONTENT);
    expect((await documents(['encrypt', '-r', publicKey, '-o', at('letter.age'), plain])).code).toBe(0);
    expect((await documents(['decrypt', '-i', key, '-o', at('again.txt'), at('letter.age')])).code).toBe(0);
    expect(readFileSync(at('again.txt')).equals(CONTENT)).toBe(true);
    expect(statSync(at('again.txt')).mode & 0o777).toBe(0o600);
    for (const flags of [[], ['--armor']]) {
      const encrypted = (await documents(['encrypt', ...flags, '-r', publicKey], { input: CONTENT })).written;
      expect(encrypted.includes('BEGIN AGE')).toBe(flags.length > 0);
      const decrypted = await documents(['decrypt', '-i', key, '-'], { input: encrypted });
      expect(decrypted.written.equals(CONTENT)).toBe(true);
    }
  });

  it('reads recipients from files, with comments, each once', async () => {
    const [, one] = await newKey('one.key');
    const [two, other] = await newKey('two.key');
    const list = file('everybody.txt', `# colleagues\n\n${one}\n ${other} \r\n${one}\n`);
    const { written } = await documents(['encrypt', '-R', list, '-r', one], { input: CONTENT });
    const { output } = await documents(['inspect'], { input: written });
    expect(output).toMatch(/^age file, version 1\nrecipients of kind x25519: 2\nheader: \d+ bytes\n$/);
    expect((await documents(['decrypt', '-i', two], { input: written })).written.equals(CONTENT)).toBe(true);
  });

  it('shares a file with others, whose header alone is new', async () => {
    const [ann, annsKey] = await newKey('ann2.key');
    const [ben, bensKey] = await newKey('ben2.key');
    const { written } = await documents(['encrypt', '-r', annsKey], { input: CONTENT });
    const share = (...flags: string[]): ReturnType<typeof documents> =>
      documents(['share', '-i', ann, '-r', bensKey, ...flags], { input: written });
    const shared = (await share()).written;
    expect((await documents(['decrypt', '-i', ben], { input: shared })).written.equals(CONTENT)).toBe(true);
    expect((await documents(['decrypt', '-i', ann], { input: shared })).code).toBe(1);
    const header = (await share('--header-only')).written;
    const payload = shared.subarray(header.length);
    expect(written.subarray(-payload.length).equals(payload)).toBe(true);
    const text = await share('--armor');
    expect((await documents(['decrypt', '-i', ben], { input: text.written })).written.equals(CONTENT)).toBe(
      true,
    );
  });

  it('takes a passphrase from a file', async () => {
    const passphrase = file('passphrase', 'correct horse\n');
    const { written } = await documents(['encrypt', '--passphrase-file', passphrase], { input: 'short' });
    const opened = await documents(['decrypt', '--passphrase-file', passphrase], { input: written });
    expect(opened.written.toString()).toBe('short');
    const other = file('other', 'battery staple\n');
    const refused = await documents(['decrypt', '--passphrase-file', other], { input: written });
    expect(refused.errors).toContain('not encrypted to any of these identities');
  }, 60_000);

  it('replaces no file unless it is told to', async () => {
    const [, publicKey] = await newKey('force.key');
    const plain = file('force.txt', CONTENT);
    const kept = file('kept.age', 'kept');
    const encrypt = (...flags: string[]): ReturnType<typeof documents> =>
      documents(['encrypt', '-r', publicKey, '-o', kept, ...flags, plain]);
    const { code, errors } = await encrypt();
    expect([code, errors]).toEqual([
      1,
      `careplane: ${kept} is there already: choose another name, or replace it with --force\n`,
    ]);
    expect(readFileSync(kept, 'utf8')).toBe('kept');
    expect((await encrypt('--force')).code).toBe(0);
    expect(readFileSync(kept, 'utf8')).toContain('age-encryption.org/v1');
    expect((await documents(['keygen', '-o', at('force.key')])).code).toBe(1);
  });

  it('leaves nothing of what is not authentic, cut or interrupted', async () => {
    const [key, publicKey] = await newKey('tamper.key');
    const encrypted = (await documents(['encrypt', '-r', publicKey], { input: CONTENT })).written;
    const changed = Buffer.from(encrypted);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const before = readdirSync(folder);
    for (const broken of [changed, encrypted.subarray(0, -70_000), Buffer.from('a letter')]) {
      const { code, errors } = await documents(['decrypt', '-i', key, '-o', at('broken.txt')], {
        input: broken,
      });
      expect(code).toBe(1);
      expect(errors).toMatch(/^careplane: standard input: .*(changed or cut|not an age file)/);
    }
    const stop = new AbortController();
    stop.abort();
    const interrupted = await documents(['encrypt', '-r', publicKey, '-o', at('broken.age')], {
      input: CONTENT,
      signal: stop.signal,
    });
    expect(interrupted.code).toBe(130);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('names what is wrong with keys and files, and quotes no key', async () => {
    const [key, publicKey] = await newKey('wrong.key');
    const secret = readFileSync(key, 'utf8').trim().split('\n').at(-1) ?? '';
    const broken = file('broken.key', `# comment\n${secret.slice(0, -1)}\n`);
    const complaints = async (...args: string[]): Promise<string> => {
      const { code, errors } = await documents(args, { input: CONTENT });
      expect(code).toBe(1);
      expect(errors).not.toContain(secret.slice(20, 40));
      return errors;
    };
    expect(await complaints('decrypt', '-i', broken)).toContain(`${broken}, line 2: this is no identity`);
    expect(await complaints('decrypt', '-i', at('none'))).toContain(`cannot read ${at('none')} (ENOENT)`);
    expect(await complaints('decrypt')).toContain('by which key?');
    expect(await complaints('encrypt')).toContain('to whom?');
    expect(await complaints('encrypt', '-r', secret)).toContain(
      '--recipient, number 1: this is no recipient',
    );
    expect(await complaints('encrypt', '-r', publicKey, at('none'))).toContain('(ENOENT)');
    const empty = file('empty', '# nothing\n');
    expect(await complaints('decrypt', '-i', empty)).toContain(`${empty} has no key`);
    expect(await complaints('encrypt', '--passphrase-file', file('blank', '\n'))).toContain(
      'its first line, which is empty',
    );
  });

  it('writes no bytes to a screen', async () => {
    const [, publicKey] = await newKey('screen.key');
    const bytes = { ...recordingTerminal({}, CONTENT).bytes, isOutputScreen: true };
    const refused = await documents(['encrypt', '-r', publicKey], { bytes });
    expect(refused.errors).toContain('name a file with -o, or write text with --armor');
    expect((await documents(['encrypt', '--armor', '-r', publicKey], { bytes })).code).toBe(0);
  });
});
