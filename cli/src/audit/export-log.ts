import { createReadStream, createWriteStream } from 'node:fs';
import { glob, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ENTRY_BYTES, HASH_BYTES, parseCheckpoint, TILE_WIDTH, tilePath, tilesOf } from '@careplane/tlog';
import type { Checkpoint, TileId } from '@careplane/tlog';
import { Failure } from '../failure.ts';
import { CHECKPOINT } from './open-export.ts';
import { RECORDS } from './records.ts';
import type { RemoteLog } from './remote-log.ts';
import { reading } from './tampered.ts';
import type { Progress } from './walk.ts';

/** Where the checkpoints of former exports into the same folder are kept, by the size of their log. */
const FORMER = 'checkpoints';
/** An entry in a bundle stands after its length (c2sp.org/tlog-tiles). */
const LENGTH_BYTES = 2;
const NEWLINE = 10;

export interface ExportOptions {
  /** False: the log alone, without the sealed records. */
  readonly withRecords: boolean;
  readonly progress: Progress;
}

/** What was exported. */
export interface Exported {
  readonly origin: string;
  readonly size: number;
  /** Entries of the former export in the same folder; 0 without one. */
  readonly former: number;
}

/**
 * Writes the log into a folder, as `verifyExport` reads it. What a former run has written whole stays, whether it came to its end or not: so
 * a run that was interrupted goes on, and one into a former export adds what came since. The checkpoint is written last; without one the folder
 * is no export yet. Holds one bundle at a time.
 * @throws Failure
 */
export async function exportLog(log: RemoteLog, folder: string, options: ExportOptions): Promise<Exported> {
  const text = await log.checkpoint();
  const { origin, size } = reading('the checkpoint', () => parseCheckpoint(text));
  const former = await begin(folder, { text, size });
  const records = options.withRecords ? await RecordsFile.open(join(folder, RECORDS)) : undefined;
  for (const bundle of tilesOf(size, 'entries')) {
    await keepTile(log, folder, bundle);
    await keepTile(log, folder, { ...bundle, level: 0 });
    await records?.keep(log, bundle);
    options.progress(bundle.index * TILE_WIDTH + bundle.width, size);
  }
  for (let level = 1; TILE_WIDTH ** level <= size; level += 1)
    for (const tile of tilesOf(size, level)) await keepTile(log, folder, tile);
  await writeWhole(join(folder, CHECKPOINT), text);
  return { origin, size, former };
}

/** Makes the folder an export that has not ended. @returns the size of the former one @throws Failure when it is of another log, or of a longer one */
async function begin(folder: string, now: { readonly text: string; readonly size: number }): Promise<number> {
  await mkdir(join(folder, FORMER), { recursive: true, mode: 0o700 });
  const path = join(folder, CHECKPOINT);
  const text = await readFile(path, 'utf8').catch(absent);
  const former =
    text === undefined ? undefined : reading('the former checkpoint', () => parseCheckpoint(text));
  if (former) {
    refuseOther(folder, former, now);
    await rename(path, join(folder, FORMER, String(former.size)));
  }
  // Tiles at the edge of a former tree: each is a beginning of one that is written now.
  for await (const partial of glob('tile/**/*.p', { cwd: folder }))
    await rm(join(folder, partial), { recursive: true });
  return former?.size ?? 0;
}

function refuseOther(
  folder: string,
  former: Checkpoint,
  now: { readonly text: string; readonly size: number },
): void {
  if (parseCheckpoint(now.text).origin !== former.origin)
    throw new Failure(`${folder} holds an export of the log ${former.origin}: name another folder`);
  if (former.size > now.size)
    throw new Failure(
      `the log has ${String(now.size)} entries, and its export in ${folder} ${String(former.size)}: entries are gone from its end. Keep that export`,
    );
}

/** A tile or bundle, unless a former run has written it. */
async function keepTile(log: RemoteLog, folder: string, tile: TileId): Promise<void> {
  const path = tilePath(tile);
  const bytes = tile.width * (tile.level === 'entries' ? LENGTH_BYTES + ENTRY_BYTES : HASH_BYTES);
  const there = await stat(join(folder, path)).catch(absent);
  if (there?.size === bytes) return;
  const got = await log.tile(path);
  if (got.length !== bytes)
    throw new Failure(
      `the clinic answers ${String(got.length)} bytes for ${path}, which has ${String(bytes)}`,
    );
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeWhole(join(folder, path), got);
}

/** A file that is there is whole, whenever the machine stops. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.part`, content, { mode: 0o600, flush: true });
  await rename(`${path}.part`, path);
}

/** The sealed records, of whole bundles from the first on; the last one may be a partial one. */
class RecordsFile {
  readonly #path: string;
  /** Lines of whole bundles. */
  #lines: number;
  #bytes: number;

  private constructor(path: string, { lines, bytes }: { readonly lines: number; readonly bytes: number }) {
    this.#path = path;
    this.#lines = lines;
    this.#bytes = bytes;
  }

  /** Keeps the lines of whole bundles of what a former run has left: what comes after them is written again. */
  static async open(path: string): Promise<RecordsFile> {
    await (await open(path, 'a', 0o600)).close();
    const whole = await wholeBundles(path);
    await truncate(path, whole.bytes);
    return new RecordsFile(path, whole);
  }

  /** Appends the records of a bundle that is not there yet. @throws Failure when they are not as many as its entries */
  async keep(log: RemoteLog, bundle: TileId): Promise<void> {
    if ((bundle.index + 1) * TILE_WIDTH <= this.#lines) return;
    const counted = { lines: 0, bytes: 0 };
    await log.records(tilePath(bundle), async (answer) => {
      Object.assign(counted, { lines: 0, bytes: 0 });
      await truncate(this.#path, this.#bytes);
      const file = createWriteStream(this.#path, { flags: 'r+', start: this.#bytes });
      await pipeline(answer, counting(counted), file);
    });
    if (counted.lines !== bundle.width)
      throw new Failure(
        `the clinic answers ${String(counted.lines)} records of ${String(bundle.width)} entries`,
      );
    this.#lines += counted.lines;
    this.#bytes += counted.bytes;
  }
}

function counting(counted: {
  lines: number;
  bytes: number;
}): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      counted.bytes += chunk.length;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) counted.lines += 1;
      yield chunk;
    }
  };
}

/** How many lines of whole bundles a file begins with, and where they end. */
async function wholeBundles(path: string): Promise<{ lines: number; bytes: number }> {
  const whole = { lines: 0, bytes: 0 };
  let [lines, bytes] = [0, 0];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
      lines += 1;
      if (lines % TILE_WIDTH === 0) Object.assign(whole, { lines, bytes: bytes + at + 1 });
    }
    bytes += chunk.length;
  }
  return whole;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
