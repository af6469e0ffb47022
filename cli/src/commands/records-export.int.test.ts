import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { exampleOf } from '../../../services/records/test/examples.ts';
import { startRecordsLab, treating } from '../../../services/records/test/records-lab.ts';
import type { Caller, RecordsLab } from '../../../services/records/test/records-lab.ts';
import { recordingTerminal, type RecordingTerminal } from '../fixtures/recording-terminal.ts';
import { run } from '../program.ts';

describe('careplane records export', () => {
  let lab: RecordsLab;
  let app: Caller;
  let folder: string;

  beforeAll(async () => {
    lab = await startRecordsLab();
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
    for (const type of ['Condition', 'Observation', 'Observation'])
      expect((await lab.ask(`POST ${type}`, doctor, { body: exampleOf(type, patient) })).status).toBe(201);
  }, 180_000);
  afterAll(() => lab.stop(), 60_000);
  beforeEach(async () => {
    app = await lab.caller('app', {});
    folder = await mkdtemp(join(tmpdir(), 'careplane-records-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const into = (name = 'export'): string => join(folder, name);
  const environment = (url = lab.url()): Record<string, string> => ({
    CAREPLANE_TOKEN: app.token,
    GATEWAY_URL: url,
  });
  const careplane = async (
    args: readonly string[],
    { url, signal }: { readonly url?: string; readonly signal?: AbortSignal } = {},
  ): Promise<{ code: number; terminal: RecordingTerminal }> => {
    const terminal = recordingTerminal(environment(url), '', signal);
    return { code: await run(['records', 'export', ...args], terminal), terminal };
  };
  const files = async (): Promise<string[]> => (await readdir(into())).toSorted();
  const jobs = (): Promise<number> =>
    lab.database.collection('exports').countDocuments({ subject: `app-${app.id}` });
  const typesIn = async (file: string): Promise<unknown[]> => {
    const lines = (await readFile(join(into(), file), 'utf8')).trimEnd().split('\n');
    return lines.map((line) => (JSON.parse(line) as { resourceType: unknown }).resourceType);
  };

  it('writes a file for each part, which only its owner can read, and leaves no export behind', async () => {
    const { code, terminal } = await careplane([into(), '-o', 'json']);
    expect([code, terminal.errors()]).toEqual([0, '']);
    expect(await files()).toEqual(['Condition.0000.ndjson', 'Observation.0001.ndjson', 'manifest.json']);
    expect(await typesIn('Condition.0000.ndjson')).toEqual(['Condition']);
    expect(await typesIn('Observation.0001.ndjson')).toEqual(['Observation', 'Observation']);
    const modes = await Promise.all((await files()).map((name) => stat(join(into(), name))));
    expect(modes.map(({ mode }) => mode & 0o077)).toEqual([0, 0, 0]);
    const manifest = JSON.parse(await readFile(join(into(), 'manifest.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ output: [{ type: 'Condition', file: 'Condition.0000.ndjson' }, {}] });
    expect(JSON.parse(terminal.output())).toMatchObject({ files: 2, transactionTime: expect.any(String) });
    expect(await jobs()).toBe(0);
    const again = await careplane([into()]);
    expect([again.code, again.terminal.errors()]).toEqual([1, expect.stringContaining('--since')]);
  }, 60_000);

  it('asks for the types and the time that were said, and says what the clinic finds wrong', async () => {
    expect((await careplane([into(), '--type', 'Condition', '--type', 'Procedure'])).code).toBe(0);
    expect(await files()).toEqual(['Condition.0000.ndjson', 'manifest.json']);
    const since = new Date(Date.now() + 60_000).toISOString();
    const { code, terminal } = await careplane([into('later'), '--since', since]);
    expect([code, terminal.output()]).toEqual([0, expect.stringContaining('files        0')]);
    const wrong = await careplane([into('wrong'), '--since', 'yesterday']);
    expect([wrong.code, wrong.terminal.errors()]).toEqual([1, expect.stringContaining('answers 400')]);
    const without = recordingTerminal({ GATEWAY_URL: lab.url() });
    expect(await run(['records', 'export', into('x')], without)).toBe(1);
    expect(without.errors()).toContain('--token-file');
  }, 60_000);

  it('goes on where it was when it was killed, and keeps the files that are whole', async () => {
    const slow = await lab.spawn({ EXPORT_PAUSE_MS: '600000' }); // plans no more than a first file
    await lab.end(); // nobody else plans it meanwhile
    try {
      const killed = spawn(process.execPath, [MAIN, 'records', 'export', into()], {
        env: { PATH: process.env['PATH'], ...environment(slow.url) },
        stdio: 'ignore',
      });
      await until(async () => (await jobs()) === 1 && (await isThere('export.json')), {
        what: 'the export to begin',
      });
      killed.kill('SIGKILL');
      await once(killed, 'exit');
    } finally {
      slow.child.kill('SIGTERM');
      await once(slow.child, 'exit');
      await lab.restart(() => ({}));
    }
    const other = await careplane([into(), '--type', 'Condition']);
    expect([other.code, other.terminal.errors()]).toEqual([1, expect.stringContaining('not ended')]);
    await writeFile(into('export/Condition.0000.ndjson'), 'whole\n');
    const { code, terminal } = await careplane([into()]);
    expect([code, terminal.errors()]).toEqual([0, '']);
    expect(await readFile(into('export/Condition.0000.ndjson'), 'utf8')).toBe('whole\n');
    expect(await files()).toEqual(['Condition.0000.ndjson', 'Observation.0001.ndjson', 'manifest.json']);
    expect(await jobs()).toBe(0);
  }, 90_000);

  it('cancels the export by Ctrl-C, and leaves none of its files', async () => {
    const slow = await lab.spawn({ EXPORT_PAUSE_MS: '600000' });
    await lab.end();
    const stop = new AbortController();
    try {
      const running = careplane([into()], { url: slow.url, signal: stop.signal });
      await until(async () => (await jobs()) === 1 && (await isThere('export.json')), {
        what: 'the export to begin',
      });
      stop.abort();
      const { code, terminal } = await running;
      expect([code, terminal.errors()]).toEqual([130, expect.stringContaining('cancelled')]);
      expect([await files(), await jobs()]).toEqual([[], 0]);
    } finally {
      slow.child.kill('SIGTERM');
      await once(slow.child, 'exit');
      await lab.restart(() => ({}));
    }
  }, 90_000);

  it('takes no file of another export for its own', async () => {
    expect((await careplane([into()])).code).toBe(0);
    await rm(join(into(), 'manifest.json'));
    const { code, terminal } = await careplane([into()]);
    expect([code, terminal.errors()]).toEqual([1, expect.stringContaining('another export')]);
  }, 60_000);

  it('says so when the clinic has the export no more', async () => {
    const job = { request: '/fhir/R4/$export', place: '/fhir/R4/$export-jobs/gone' };
    expect((await careplane([into()])).code).toBe(0);
    await rm(join(into(), 'manifest.json'));
    await writeFile(join(into(), 'export.json'), JSON.stringify(job));
    const { code, terminal } = await careplane([into()]);
    expect([code, terminal.errors()]).toEqual([1, expect.stringContaining('no more')]);
  }, 60_000);

  async function isThere(name: string): Promise<boolean> {
    return (await readdir(into()).catch((): string[] => [])).includes(name);
  }
});

const MAIN = join(import.meta.dirname, '../main.ts');
