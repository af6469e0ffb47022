import { randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBundle, encodeVerifierKey, parseBundle } from '@careplane/tlog';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { newLogKeys, startReplica } from '../../../services/audit/test/log-ground.ts';
import type { LogReplica } from '../../../services/audit/test/log-ground.ts';
import { recordingTerminal, type RecordingTerminal } from '../fixtures/recording-terminal.ts';
import { run } from '../program.ts';

/** A log on a real database, below `/audit-log` of a gateway that can be made to fail. */
interface Served {
  readonly replica: LogReplica;
  readonly url: string;
  /** The paths that were asked for. */
  readonly asked: string[];
  /** Called before each answer: gives the status instead of the log's, or nothing. */
  interfere: (path: string) => number | undefined;
  stop(): Promise<void>;
}

const BUNDLE = 'tile/entries/000';
const LEAVES = 'tile/0/000';
const keys = newLogKeys();
const key = encodeVerifierKey(keys.signing.verifier);

async function serve(replica: LogReplica): Promise<Served> {
  const asked: string[] = [];
  const server: Server = createServer((req, res) => {
    const path = (req.url ?? '').replace(/^\/audit-log/, '');
    asked.push(path.slice(1));
    const status = served.interfere(path.slice(1));
    if (status !== undefined) {
      res.writeHead(status, { 'retry-after': '0' }).end();
      return;
    }
    void fetch(`${replica.url ?? ''}${path}`).then(async (answer) => {
      res.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const served: Served = {
    replica,
    asked,
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    interfere: () => undefined,
    async stop() {
      server.closeAllConnections();
      server.close();
      await replica.stop();
    },
  };
  return served;
}

describe('an exported log', () => {
  let mongod: RunningMongod;
  let log: Served;
  let folder: string;
  let whole: string;

  const startLog = async (): Promise<Served> =>
    serve(await startReplica({ uri: mongod.uri, database: `log-${randomUUID().slice(0, 8)}`, keys }));
  const append = ({ replica }: Served, count: number): Promise<void> =>
    replica.log.append(
      Array.from({ length: count }, () => ({
        id: randomUUID(),
        sealed: randomBytes(300),
        index: { recorded: '2026-01-01T00:00:00Z' },
      })),
    );
  const careplane = async (
    args: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ code: number; terminal: RecordingTerminal }> => {
    const terminal = recordingTerminal({ CAREPLANE_TOKEN: 'token' }, '', signal);
    return { code: await run(['audit', ...args], terminal), terminal };
  };
  const exported = async (from: Served, name: string): Promise<string> => {
    const path = join(folder, name);
    const { code, terminal } = await careplane(['export', path, '--url', from.url]);
    expect([code, terminal.errors()]).toEqual([0, '']);
    return path;
  };
  /** What verifying says: the exit code, and the finding. */
  const verified = async (path: string, ...more: string[]): Promise<string> => {
    const { code, terminal } = await careplane(['verify', path, '--key', key, ...more]);
    return code === 0 ? 'verified' : `${String(code)} ${terminal.errors()}`;
  };
  const idAt = async (index: number): Promise<string> => {
    const line = (await readFile(join(whole, 'records.ndjson'), 'utf8')).split('\n')[index] ?? '';
    return (JSON.parse(line) as { id: string }).id;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careplane-export-'));
    mongod = await startMongod();
    log = await startLog();
    await append(log, 500);
    await append(log, 100);
    whole = await exported(log, 'whole');
  }, 120_000);
  afterAll(async () => {
    await log.stop();
    await mongod.stop();
    await rm(folder, { recursive: true });
  });

  it('is verified, offline', async () => {
    expect(await verified(whole)).toBe('verified');
  });

  it('is had without records, and without a token', async () => {
    const path = join(folder, 'hashes');
    const terminal = recordingTerminal();
    expect(await run(['audit', 'export', path, '--url', log.url, '--no-records'], terminal)).toBe(0);
    expect(await verified(path, '--no-records')).toBe('verified');
    const refused = recordingTerminal();
    expect(await run(['audit', 'export', join(folder, 'none'), '--url', log.url], refused)).toBe(1);
    expect(refused.errors()).toContain('--token-file');
  });

  /** A copy with something done to it. */
  const tampered = async (change: (path: string) => Promise<void>): Promise<string> => {
    const path = join(folder, randomUUID());
    await cp(whole, path, { recursive: true });
    await change(path);
    return path;
  };
  const changeFile = async (
    path: string,
    name: string,
    change: (bytes: Buffer) => Uint8Array,
  ): Promise<void> => writeFile(join(path, name), change(await readFile(join(path, name))));
  const changeEntries = (path: string, change: (entries: Uint8Array[]) => Uint8Array[]): Promise<void> =>
    changeFile(path, BUNDLE, (bytes) => encodeBundle(change(parseBundle(bytes))));

  it('names the entry of which one byte is another, in its record and in the log', async () => {
    const record = await tampered((path) =>
      changeFile(path, 'records.ndjson', (bytes) => {
        const at = bytes.indexOf('"sealed":"', 256 * 400) + 10;
        bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
        return bytes;
      }),
    );
    expect(await verified(record)).toMatch(/^2 .*entry \d+ \([0-9a-f-]{36}\): its record is not the one/);
    const entry = await tampered((path) =>
      changeEntries(path, (entries) => {
        const other = Buffer.from(entries[7] ?? []);
        other[20] = (other[20] ?? 0) ^ 1;
        return entries.with(7, other);
      }),
    );
    expect(await verified(entry)).toContain(`2 careplane: NOT VERIFIED: entry 7 (${await idAt(7)})`);
  });

  it('names the entry that was deleted, from the log, from the records and from both', async () => {
    const fromLog = (path: string): Promise<void> => changeEntries(path, (list) => list.toSpliced(9, 1));
    const fromRecords = (path: string): Promise<void> =>
      changeFile(path, 'records.ndjson', (bytes) =>
        Buffer.from(bytes.toString().split('\n').toSpliced(9, 1).join('\n')),
      );
    for (const changes of [[fromLog], [fromRecords], [fromLog, fromRecords]]) {
      const path = await tampered(async (copy) => {
        for (const change of changes) await change(copy);
      });
      expect(await verified(path)).toContain('2 careplane: NOT VERIFIED: entry 9 (');
    }
  });

  it('names the first of a pair that was exchanged', async () => {
    const swapped = <T>(list: T[]): T[] => [
      ...list.slice(0, 4),
      ...list.slice(4, 6).toReversed(),
      ...list.slice(6),
    ];
    const both = await tampered(async (path) => {
      await changeEntries(path, swapped);
      await changeFile(path, 'records.ndjson', (bytes) =>
        Buffer.from(swapped(bytes.toString().split('\n')).join('\n')),
      );
    });
    expect(await verified(both)).toContain('2 careplane: NOT VERIFIED: entry 4 (');
    const leavesToo = await tampered(async (path) => {
      await changeEntries(path, swapped);
      await changeFile(path, LEAVES, (bytes) =>
        Buffer.concat(
          swapped(Array.from({ length: 256 }, (_hash, at) => bytes.subarray(at * 32, at * 32 + 32))),
        ),
      );
    });
    expect(await verified(leavesToo, '--no-records')).toContain(
      'the entries 0 to 255 are not those of tile/1/000',
    );
  });

  it('goes on where a run was interrupted, and asks for nothing twice', async () => {
    const path = join(folder, 'interrupted');
    const stop = new AbortController();
    log.asked.length = 0;
    log.interfere = (asked) => {
      if (asked === 'records/001') stop.abort();
      return undefined;
    };
    const first = await careplane(['export', path, '--url', log.url], stop.signal);
    log.interfere = () => undefined;
    expect([first.code, first.terminal.errors()]).toEqual([130, expect.stringContaining('goes on')]);
    expect(await verified(path)).toContain('there is no checkpoint: careplane audit export writes it last');
    expect(log.asked).toContain('records/000');
    log.asked.length = 0;
    await exported(log, 'interrupted');
    expect(await verified(path)).toBe('verified');
    expect(log.asked).toContain('records/001');
    for (const done of ['records/000', BUNDLE, LEAVES]) expect(log.asked).not.toContain(done);
  }, 60_000);

  it('goes on by itself while the clinic is busy or away', async () => {
    let refused = 0;
    log.interfere = (asked) => {
      refused += 1;
      return asked === 'checkpoint' || refused % 3 === 0 ? undefined : [429, 503][refused % 2];
    };
    const path = await exported(log, 'busy');
    log.interfere = () => undefined;
    expect(await verified(path)).toBe('verified');
  }, 60_000);

  it('is refused to whom the clinic refuses it, at once', async () => {
    log.interfere = (asked) => (asked.startsWith('records') ? 403 : undefined);
    const { code, terminal } = await careplane(['export', join(folder, 'refused'), '--url', log.url]);
    log.interfere = () => undefined;
    expect([code, terminal.errors()]).toEqual([
      1,
      expect.stringContaining('answers 403 to GET /audit-log/records/000'),
    ]);
  });

  it('takes what came since into a former export, and begins with its checkpoint; a fork does not', async () => {
    const growing = await startLog();
    const fork = await startLog();
    try {
      await append(growing, 300);
      const path = await exported(growing, 'growing');
      await append(growing, 300);
      growing.asked.length = 0;
      const { terminal } = await careplane(['export', path, '--url', growing.url]);
      expect(terminal.output()).toContain('entries      600, 300 more than before\n');
      expect(growing.asked).not.toContain('records/000');
      const since = ['--since', join(path, 'checkpoints/300')];
      expect(await verified(path, ...since)).toBe('verified');
      await append(fork, 600);
      const forked = await exported(fork, 'forked');
      expect(await verified(forked)).toBe('verified'); // the log has signed it, too
      expect(await verified(forked, ...since)).toContain(
        'the first 300 entries are not those of the former checkpoint',
      );
    } finally {
      await Promise.all([growing.stop(), fork.stop()]);
    }
  }, 60_000);

  it('is not written over one of a log that was longer', async () => {
    const shorter = await startLog();
    try {
      await append(shorter, 10);
      const path = await tampered(() => Promise.resolve());
      const { code, terminal } = await careplane(['export', path, '--url', shorter.url]);
      expect([code, terminal.errors()]).toEqual([
        1,
        expect.stringContaining('entries are gone from its end'),
      ]);
      expect(await verified(path)).toBe('verified');
    } finally {
      await shorter.stop();
    }
  });
});
