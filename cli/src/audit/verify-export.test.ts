import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, parseBundle, encodeBundle, encodeEntry } from '@careplane/tlog';
import {
  checkpointOf,
  exportOf,
  lineOf,
  logKey,
  someRecords,
  witnessKey,
  type Files,
} from './fixtures/audit-export.ts';
import type { AuditExport } from './open-export.ts';
import { verifyExport, type Trust, type Verified } from './verify-export.ts';

/** More than a bundle and less than two. */
const COUNT = 300;
const records = someRecords(COUNT);
const idOf = (index: number): string => records[index]?.id ?? '';
const trusting: Trust = {
  keys: [logKey.verifier],
  witnesses: [witnessKey.verifier],
  since: [],
  withRecords: true,
};
const BUNDLE = 'tile/entries/000';
const LEAVES = 'tile/0/000';

function inMemory(files: Files): AuditExport {
  return {
    read: (path) => Promise.resolve(files.get(path)),
    stream: (path) => {
      const bytes = files.get(path);
      // Chunks that end within lines.
      const parts =
        bytes &&
        Array.from({ length: Math.ceil(bytes.length / 1000) }, (_part, at) =>
          bytes.subarray(at * 1000, (at + 1) * 1000),
        );
      return Promise.resolve(parts && (Readable.from(parts) as AsyncIterable<Buffer>));
    },
    close: () => Promise.resolve(),
  };
}

function verifying(files: Files, trust: Partial<Trust> = {}): Promise<Verified> {
  return verifyExport(inMemory(files), { ...trusting, ...trust }, () => undefined);
}

/** The same log with something done to it. */
function changed(change: (files: Files) => void): Files {
  const files = exportOf(records);
  change(files);
  return files;
}

function changeEntries(files: Files, change: (entries: Uint8Array[]) => Uint8Array[]): void {
  files.set(BUNDLE, encodeBundle(change(parseBundle(files.get(BUNDLE) ?? Buffer.alloc(0)))));
}

function changeLines(files: Files, change: (lines: string[]) => string[]): void {
  files.set('records.ndjson', Buffer.from(change(records.map(lineOf)).join('')));
}

function flip(files: Files, path: string, at: number): void {
  const bytes = Buffer.from(files.get(path) ?? []);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  files.set(path, bytes);
}

function swapped<T>(list: readonly T[], at: number): T[] {
  return [...list.slice(0, at), ...list.slice(at, at + 2).toReversed(), ...list.slice(at + 2)];
}

describe('a log that is as it was signed', () => {
  it.each([0, 1, 2, 255, 256, 257, 300, 600])('is verified with %i entries', async (count) => {
    const { checkpoint, cosignatures } = await verifying(exportOf(someRecords(count)));
    expect(checkpoint.size).toBe(count);
    expect(cosignatures).toMatchObject([{ witness: 'witness.example/w1' }]);
  });

  it('begins with each former checkpoint of it', async () => {
    const since = [0, 1, 256, 299, 300].map((size) => checkpointOf(records.slice(0, size)));
    expect((await verifying(exportOf(records), { since })).since).toEqual([0, 1, 256, 299, 300]);
  });

  it('is verified without records by who does not have them', async () => {
    const files = changed((all) => all.delete('records.ndjson'));
    await expect(verifying(files, { withRecords: false })).resolves.toBeDefined();
    await expect(verifying(files)).rejects.toThrow('there is no records.ndjson');
  });
});

describe('the first bad entry is named', () => {
  it('where one byte of an entry is another: its id, its hash', async () => {
    for (const at of [2, 17, 18, 49]) {
      const files = changed((all) => {
        flip(all, BUNDLE, 7 * 50 + at);
      });
      await expect(verifying(files)).rejects.toMatchObject({ name: 'Tampered', entry: { index: 7 } });
    }
  });

  it('where one byte of a record is another', async () => {
    const files = changed((all) => {
      changeLines(all, (lines) => lines.with(270, lineOf({ id: idOf(270), sealed: Buffer.from('forged') })));
    });
    await expect(verifying(files)).rejects.toMatchObject({ entry: { index: 270, id: idOf(270) } });
  });

  it('where an entry is deleted from the log, the last of a bundle and the last of all included', async () => {
    for (const index of [0, 7, 255]) {
      const files = changed((all) => {
        changeEntries(all, (entries) => entries.toSpliced(index, 1));
      });
      await expect(verifying(files)).rejects.toMatchObject({ name: 'Tampered', entry: { index } });
    }
  });

  it('where a record is deleted', async () => {
    for (const index of [0, 7, 299]) {
      const files = changed((all) => {
        changeLines(all, (lines) => lines.toSpliced(index, 1));
      });
      await expect(verifying(files)).rejects.toMatchObject({ entry: { index, id: idOf(index) } });
    }
  });

  it('where two entries are exchanged, and two records', async () => {
    const entries = changed((all) => {
      changeEntries(all, (list) => swapped(list, 9));
    });
    await expect(verifying(entries)).rejects.toMatchObject({ entry: { index: 9, id: idOf(10) } });
    const lines = changed((all) => {
      changeLines(all, (list) => swapped(list, 9));
    });
    await expect(verifying(lines)).rejects.toMatchObject({ entry: { index: 9, id: idOf(9) } });
  });

  it('where an entry or a record is added', async () => {
    const entry = changed((all) => {
      changeEntries(all, (list) => [...list, encodeEntry(idOf(0), Buffer.from('more'))]);
    });
    await expect(verifying(entry)).rejects.toMatchObject({ entry: { index: 256 } });
    const record = changed((all) => {
      changeLines(all, (list) => [...list, lineOf(records[0] ?? { id: '', sealed: Buffer.alloc(0) })]);
    });
    await expect(verifying(record)).rejects.toMatchObject({ entry: { index: 300, id: idOf(0) } });
  });

  it('where a line is no record', async () => {
    for (const line of ['\n', '{}\n', 'null\n', '{"id": 1}\n', '\u0000\n']) {
      const files = changed((all) => {
        changeLines(all, (list) => list.with(3, line));
      });
      await expect(verifying(files)).rejects.toMatchObject({ entry: { index: 3, id: idOf(3) } });
    }
  });
});

describe('who changes more than one file', () => {
  it('is found by the tile above, with the 256 entries', async () => {
    const other = exportOf(someRecords(COUNT, ' of another log'));
    const files = changed((all) => {
      for (const path of [BUNDLE, LEAVES]) all.set(path, other.get(path) ?? Buffer.alloc(0));
    });
    await expect(verifying(files, { withRecords: false })).rejects.toThrow(
      'the entries 0 to 255 are not those of tile/1/000.p/1',
    );
  });

  it('is found by the root when all tiles are made anew', async () => {
    const checkpoint = exportOf(records).get('checkpoint') ?? Buffer.alloc(0);
    const files = exportOf(someRecords(COUNT, ' of another log')).set('checkpoint', checkpoint);
    await expect(verifying(files)).rejects.toThrow('the log was written anew');
  });

  it('is found by a former checkpoint when the log signs its fork', async () => {
    const fork = exportOf([...records.slice(0, 200), ...someRecords(COUNT, ' of a fork').slice(200)]);
    await expect(verifying(fork)).resolves.toBeDefined();
    await expect(verifying(fork, { since: [checkpointOf(records.slice(0, 200))] })).resolves.toBeDefined();
    await expect(verifying(fork, { since: [checkpointOf(records.slice(0, 201))] })).rejects.toThrow(
      'the first 201 entries are not those of the former checkpoint',
    );
    await expect(
      verifying(exportOf(records.slice(0, 200)), { since: [checkpointOf(records)] }),
    ).rejects.toThrow(`shorter than a former checkpoint says: ${COUNT - 200} entries are gone`);
  });
});

describe('signatures', () => {
  it('of another key are refused: of the log, of the witness, of a former checkpoint', async () => {
    const forger = generateSigningKey(logKey.verifier.name, 'ed25519');
    await expect(verifying(exportOf(records, forger))).rejects.toThrow('no known key has signed it');
    const other = generateSigningKey(witnessKey.verifier.name, 'cosignature/v1');
    await expect(verifying(exportOf(records), { witnesses: [other.verifier] })).rejects.toThrow(
      'has not cosigned',
    );
    await expect(verifying(exportOf(records), { since: [checkpointOf(records, forger)] })).rejects.toThrow(
      'the former checkpoint: no known key',
    );
  });

  it('of another text are refused: one character of the checkpoint', async () => {
    const text = exportOf(records).get('checkpoint')?.toString() ?? '';
    for (const forged of [
      text.replace('\n300\n', '\n299\n'),
      text.replace('clinic', 'Clinic'),
      text.slice(1),
      '',
    ]) {
      const files = changed((all) => all.set('checkpoint', Buffer.from(forged)));
      await expect(verifying(files)).rejects.toMatchObject({ name: 'Tampered' });
    }
  });
});

it('every missing, cut or lengthened file is a finding', async () => {
  for (const path of exportOf(records).keys()) {
    await expect(verifying(changed((all) => all.delete(path)))).rejects.toMatchObject({ name: 'Tampered' });
    const bytes = exportOf(records).get(path) ?? Buffer.alloc(0);
    for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, bytes])]) {
      // A last line without its newline is still that line.
      if (path === 'records.ndjson' && other.length < bytes.length) continue;
      const files = changed((all) => all.set(path, other));
      await expect(verifying(files)).rejects.toMatchObject({ name: 'Tampered' });
    }
  }
});
