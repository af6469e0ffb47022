import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Alert rules and dashboards that every stack gets: file name to text. */
export interface Content {
  rules: Record<string, string>;
  dashboards: Record<string, string>;
}

/** Reads `<directory>/rules/*.yaml` and `<directory>/dashboards/*.json`. Throws when a folder is not there. */
export async function readContent(directory: string): Promise<Content> {
  const rules = await filesOf(path.join(directory, 'rules'), '.yaml');
  const dashboards = await filesOf(path.join(directory, 'dashboards'), '.json');
  return { rules, dashboards };
}

async function filesOf(directory: string, extension: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(extension)).sort();
  const files = names.map(
    async (name) => [name, await readFile(path.join(directory, name), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}
