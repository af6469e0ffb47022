import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  encodeBundle,
  encodeEntry,
  generateSigningKey,
  GrowingTree,
  leafHash,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
  tilesOf,
} from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';

const ORIGIN = 'bench.example/audit';
const RECORD_BYTES = 600;

/** Writes the export of a log of so many entries, each with its sealed record. @returns the log's key */
export async function writeLargeExport(folder: string, count: number): Promise<VerifierKey> {
  const key = generateSigningKey(ORIGIN, 'ed25519');
  const tree = new GrowingTree();
  const write = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  };
  await mkdir(folder, { recursive: true });
  const records = createWriteStream(join(folder, 'records.ndjson'));
  for (const bundle of tilesOf(count, 'entries')) {
    const made = Array.from({ length: bundle.width }, (_record, at) =>
      recordAt(bundle.index * TILE_WIDTH + at),
    );
    const entries = made.map(({ id, sealed }) => encodeEntry(id, sealed));
    const lines = made.map(
      ({ id, sealed }) => `${JSON.stringify({ id, sealed: sealed.toString('base64') })}\n`,
    );
    if (!records.write(lines.join(''))) await new Promise((resolve) => records.once('drain', resolve));
    await write(tilePath(bundle), encodeBundle(entries));
    for (const entry of entries)
      for (const { level, index, hashes } of tree.append(leafHash(entry)))
        await write(tilePath({ level, index, width: TILE_WIDTH }), hashes);
  }
  records.end();
  await finished(records);
  for (let level = 0; TILE_WIDTH ** level <= count; level += 1) {
    const [last] = [...tilesOf(count, level)].slice(-1);
    if (last && last.width < TILE_WIDTH) await write(tilePath(last), tree.partialTile(level));
  }
  await write('checkpoint', signCheckpoint({ origin: ORIGIN, size: count, root: tree.root() }, [key]));
  return key.verifier;
}

function recordAt(at: number): { id: string; sealed: Buffer } {
  return {
    id: `00000000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`,
    sealed: randomBytes(RECORD_BYTES),
  };
}
