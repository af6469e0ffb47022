import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** Bytes of a file that are in memory at a time. */
const READ_BYTES = 1_048_576;

/** Where a command reads from: a file, or the standard input. */
export interface Input {
  /** What errors call it. */
  readonly name: string;
  readonly stream: ReadableStream<Uint8Array>;
  /** In bytes, where it is known. */
  readonly size?: number;
}

/** @param path `-` or nothing: the standard input. @throws Failure when it cannot be read */
export async function openInput(path: string | undefined, terminal: Terminal): Promise<Input> {
  if (path === undefined || path === '-') return { name: 'standard input', stream: terminal.bytes.input() };
  const file = await open(path).catch(cannot('read', path));
  const { size } = await file.stat();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { bytesRead, buffer } = await file.read(new Uint8Array(READ_BYTES));
      if (bytesRead > 0) {
        controller.enqueue(buffer.subarray(0, bytesRead));
        return;
      }
      await file.close();
      controller.close();
    },
    cancel: () => file.close(),
  });
  return { name: path, stream, size };
}

/** The flags of a command that writes a file. */
export interface WriteOptions {
  /** Where to; nothing or `-`: the standard output. */
  readonly output?: string;
  /** Whether a file that is there may be replaced. */
  readonly force: boolean;
}

export interface OutputOptions extends WriteOptions {
  /** Nobody but its owner may read the file. */
  readonly isSecret: boolean;
}

/**
 * Where a command writes to. A file appears under its name only when all of it is written and on the disk; what went wrong before leaves nothing behind.
 * @throws Failure when there is one already and `force` was not given
 */
export async function openOutput(
  { output, force, isSecret }: OutputOptions,
  terminal: Terminal,
): Promise<WritableStream<Uint8Array>> {
  if (output === undefined || output === '-') return terminal.bytes.output();
  if (!force) await demandNew(output);
  const part = `${output}.part-${randomBytes(4).toString('hex')}`;
  const file = await open(part, 'wx', isSecret ? 0o600 : 0o666).catch(cannot('write', output));
  return new WritableStream<Uint8Array>({
    write: (chunk) => writeAll(file, chunk),
    async close(): Promise<void> {
      try {
        await file.sync();
        await file.close();
        await (force ? rename(part, output) : giveName(part, output));
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    async abort(): Promise<void> {
      await file.close();
      await rm(part, { force: true });
    },
  });
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let rest = chunk; rest.length > 0;) rest = rest.subarray((await file.write(rest)).bytesWritten);
}

async function demandNew(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) throw exists(path);
}

/** Fails when meanwhile there is one. */
async function giveName(part: string, path: string): Promise<void> {
  try {
    // Not every file system has links: a USB stick has none.
    await link(part, path).catch((error: unknown) => {
      if (isThere(error)) throw error;
      return copyFile(part, path, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    throw isThere(error) ? exists(path) : error;
  }
  await rm(part);
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function exists(path: string): Failure {
  return new Failure(`${path} is there already: choose another name, or replace it with --force`);
}

/** A `catch` for errors of the file system, in words. */
export function cannot(what: 'read' | 'write', path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new Failure(`cannot ${what} ${path} (${error.code ?? error.message})`, { cause: error });
  };
}
