import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** One object as it stands in its file. */
export interface Manifest {
  /** File and line, for messages. */
  source: string;
  object: Record<string, unknown>;
}

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

/** Reads all objects of files, of folders (not of those below them, as kubectl), or of the standard input (`-`). */
export async function readManifests(paths: readonly string[], terminal: Terminal): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (path === '-') manifests.push(...parseManifests(await terminal.input(), 'standard input'));
    else
      for (const file of await filesOf(path))
        manifests.push(...parseManifests(await readFile(file, 'utf8'), file));
  }
  return manifests;
}

/** Parses YAML (or JSON) with one or more documents; a `List` counts as its items. @throws Failure with file and line */
export function parseManifests(text: string, file: string): Manifest[] {
  const documents = parseAllDocuments(text);
  return [...documents].flatMap((document) => {
    const start = text.slice(0, document.contents?.range[0] ?? 0).split('\n').length;
    const [error] = document.errors;
    if (error !== undefined) {
      const line = text.slice(0, error.pos[0]).split('\n').length;
      throw new Failure(`${file}:${String(line)}: ${error.message.split('\n', 1)[0] ?? 'is no YAML'}`);
    }
    return objectsOf(document.toJS() as unknown, `${file}:${String(start)}`);
  });
}

function objectsOf(value: unknown, source: string): Manifest[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Failure(`${source}: this is no Kubernetes object`);
  const object = value as Record<string, unknown>;
  if (object['kind'] === 'List' && Array.isArray(object['items']))
    return object['items'].flatMap((item: unknown) => objectsOf(item, source));
  return [{ source, object }];
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => EXTENSIONS.has(extname(name))).sort();
    return names.map((name) => join(path, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Failure(`there is no ${path}: name a file, a folder, or - for the standard input`);
    throw error;
  }
}
