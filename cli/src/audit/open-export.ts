import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { Failure } from '../failure.ts';

/** An exported audit log: its files by their paths. Nothing in it is to be trusted. */
export interface AuditExport {
  /** A small file, whole; undefined when there is none. @throws Failure when it is larger than `MOST_BYTES` */
  read(path: string): Promise<Buffer | undefined>;
  /** A file of any size; undefined when there is none. */
  stream(path: string): Promise<AsyncIterable<Buffer> | undefined>;
  close(): Promise<void>;
}

/** More than any tile, bundle or checkpoint has: a bundle holds at most 256 entries of 64 KiB. */
const MOST_BYTES = 17 * 1024 * 1024;
/** In large parts: a million records are read in some hundreds. */
const READING = { highWaterMark: 1024 * 1024 } as const;
/** A file's bytes follow its header. */
const HEADER_BYTES = 512;
/** The file by which the top folder of an archive is known: an export that has not come to its end has none. */
export const CHECKPOINT = 'checkpoint';

/** Opens a folder or a `.tar`, as `careplane audit export` and `tar` make them. @throws Failure when it is neither */
export async function openExport(path: string): Promise<AuditExport> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new Failure(`${path} cannot be read: name the folder or the .tar of an export`);
  return found.isDirectory() ? folder(path) : archive(path);
}

function folder(root: string): AuditExport {
  return {
    async read(path) {
      const found = await stat(join(root, path)).catch(absent);
      if (found?.isFile() !== true) return undefined;
      refuseLarge(path, found.size);
      return readFile(join(root, path));
    },
    async stream(path) {
      const found = await stat(join(root, path)).catch(absent);
      return found?.isFile() ? createReadStream(join(root, path), READING) : undefined;
    },
    close: () => Promise.resolve(),
  };
}

interface Member {
  readonly offset: number;
  readonly size: number;
}

async function archive(path: string): Promise<AuditExport> {
  const members = await membersOf(path);
  const top = topFolder([...members.keys()]);
  const file = await open(path);
  return {
    async read(name) {
      const member = members.get(posix.join(top, name));
      if (member === undefined) return undefined;
      refuseLarge(name, member.size);
      return readMember(file, { ...member, name });
    },
    stream(name) {
      const member = members.get(posix.join(top, name));
      return Promise.resolve(member && streamMember(path, member));
    },
    close: () => file.close(),
  };
}

/** Where each file of the archive is. Reads through it once; nothing is unpacked. */
async function membersOf(path: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const entries = extract();
  entries.on('entry', ({ name, type, size }, body, next) => {
    if (type === 'file') members.set(posix.normalize(name), { offset: body.offset + HEADER_BYTES, size });
    body.on('end', next);
    body.resume();
  });
  try {
    await pipeline(createReadStream(path), entries);
  } catch (error) {
    throw new Failure(`${path} is no whole tar archive`, { cause: error });
  }
  return members;
}

/** `tar -cf x.tar -C folder .` has none, `tar -cf x.tar folder` has the folder. */
function topFolder(names: readonly string[]): string {
  const found = names
    .filter((name) => posix.basename(name) === CHECKPOINT)
    .map((name) => posix.dirname(name));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? '.';
}

async function readMember(
  file: FileHandle,
  { offset, size, name }: Member & { name: string },
): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, offset);
  if (bytesRead !== size) throw new Failure(`${name} is cut in the archive`);
  return bytes;
}

async function* streamMember(path: string, { offset, size }: Member): AsyncGenerator<Buffer> {
  if (size > 0)
    yield* createReadStream(path, {
      ...READING,
      start: offset,
      end: offset + size - 1,
    }) as AsyncIterable<Buffer>;
}

function refuseLarge(name: string, size: number): void {
  if (size > MOST_BYTES) throw new Failure(`${name} is larger than any such file of a log`);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
