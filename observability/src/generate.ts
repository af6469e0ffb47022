// Writes dashboards/*.json from the specifications in this folder; `--check` writes nothing and fails with the names of
// stale files.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { broker } from './broker.ts';
import { clinic } from './clinic.ts';
import { dashboard } from './dashboard.ts';
import { operator } from './operator.ts';
import { services } from './services.ts';

export const DASHBOARDS = join(import.meta.dirname, '../dashboards');

/** File name and content of every dashboard. */
export async function dashboardFiles(): Promise<Map<string, string>> {
  const style = await resolveConfig(DASHBOARDS);
  const files = new Map<string, string>();
  for (const spec of [clinic, services, operator, broker]) {
    files.set(
      `${spec.uid}.json`,
      await format(JSON.stringify(dashboard(spec)), { ...style, parser: 'json' }),
    );
  }
  return files;
}

/** Names of files that are missing, that differ, or that have no specification. */
export async function staleDashboards(): Promise<string[]> {
  const wanted = await dashboardFiles();
  const there = (await readdir(DASHBOARDS)).filter((name) => name.endsWith('.json'));
  const stale = [...wanted.keys()].filter((name) => !there.includes(name));
  for (const name of there) {
    if ((await readFile(join(DASHBOARDS, name), 'utf8')) !== wanted.get(name)) stale.push(name);
  }
  return stale;
}

async function main(): Promise<void> {
  if (!process.argv.includes('--check')) {
    for (const [name, content] of await dashboardFiles()) await writeFile(join(DASHBOARDS, name), content);
    return;
  }
  const stale = await staleDashboards();
  if (stale.length === 0) return;
  process.stderr.write(`stale: ${stale.join(', ')}\nrun: node observability/src/generate.ts\n`);
  process.exitCode = 1;
}

if (import.meta.main) await main();
