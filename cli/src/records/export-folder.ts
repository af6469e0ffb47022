import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { Failure } from '../failure.ts';
import type { Manifest } from './remote-export.ts';

const job = z.object({ request: z.string(), place: z.string().startsWith('/') });

/** An export that has begun and not ended. */
export type Job = z.infer<typeof job>;

/** Written first, and removed when all is there. */
const JOB = 'export.json';
/** Written last. */
const MANIFEST = 'manifest.json';

/**
 * A folder that an export is written into. What is in it under its name is whole, whenever the machine stops, and only its owner can
 * read it.
 */
export class ExportFolder {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws Failure when there is a whole export already */
  static async open(path: string): Promise<ExportFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const folder = new ExportFolder(path);
    if (await folder.#has(MANIFEST))
      throw new Failure(
        `${path} holds an export already: name another folder, and what changed since by --since (transactionTime in ${MANIFEST})`,
      );
    return folder;
  }

  /** What a former run has begun. @throws Failure when that asked for something else, or left files alone */
  async begun(request: string): Promise<Job | undefined> {
    if (!(await this.#has(JOB))) {
      if ((await this.#files()).length > 0)
        throw new Failure(`${this.#path} holds files of another export: name another folder`);
      return undefined;
    }
    const text = await readFile(this.#at(JOB), 'utf8');
    const { data } = job.safeParse(jsonOf(text));
    if (data === undefined) throw new Failure(`${this.#at(JOB)} is none that this program wrote`);
    if (data.request !== request)
      throw new Failure(
        `${this.#path} holds an export that has not ended, of ${data.request}: give the same --type and --since, or name another folder`,
      );
    return data;
  }

  async begin(begun: Job): Promise<void> {
    await this.#write(JOB, begun);
  }

  /** Writes a file, unless a former run has. @param fetch hands it over, again from its start after it was cut */
  async keep(
    name: string,
    fetch: (take: (lines: Readable) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    if (await this.#has(name)) return;
    const part = this.#at(`${name}.part`);
    await fetch((lines) => pipeline(lines, createWriteStream(part, { mode: 0o600, flush: true })));
    await rename(part, this.#at(name));
  }

  /** All is there. */
  async end(manifest: Manifest): Promise<void> {
    await this.#write(MANIFEST, { ...manifest, output: manifest.output.map(named) });
    await rm(this.#at(JOB), { force: true });
  }

  /** Removes what was written of an export that does not come to its end. */
  async discard(): Promise<void> {
    for (const name of await this.#files()) await rm(this.#at(name), { force: true });
    await rm(this.#at(JOB), { force: true });
  }

  /** All of them belong to one export, whole or not. */
  async #files(): Promise<string[]> {
    return (await readdir(this.#path)).filter((name) => /\.ndjson(?:\.part)?$/.test(name));
  }

  async #write(name: string, content: object): Promise<void> {
    const part = this.#at(`${name}.part`);
    await writeFile(part, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true });
    await rename(part, this.#at(name));
    const folder = await open(this.#path);
    await folder.sync().finally(() => folder.close());
  }

  async #has(name: string): Promise<boolean> {
    return (await stat(this.#at(name)).catch(absent)) !== undefined;
  }

  #at(name: string): string {
    return join(this.#path, name);
  }
}

/** `Observation.0003.ndjson`: the order of the manifest, which does not change. */
export function named(
  { type }: Manifest['output'][number],
  index: number,
): { readonly type: string; readonly file: string } {
  return { type, file: `${type}.${String(index).padStart(4, '0')}.ndjson` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
