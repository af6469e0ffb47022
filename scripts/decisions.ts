// Prints the files whose mutants are counted, one a line; ends with 1 when a named file has no unit test beside it.
//   node scripts/decisions.ts           all files that decide something
//   node scripts/decisions.ts FILE...   only these
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');

const ROLLOUT = 'operator/src/controllers/healthcareservice/rollout';

const inFolder = (folder: string, ...names: string[]): string[] =>
  names.map((name) => `${folder}/${name}.ts`);

/** The files that decide something, seen from the checkout. */
export const DECISIONS: readonly string[] = [
  ...inFolder(ROLLOUT, 'decision', 'evidence', 'start-evidence', 'history', 'traffic'),
  ...inFolder(ROLLOUT, 'bake-time', 'burn', 'record', 'kept-revisions'),
  ...inFolder(
    'services/access/src',
    'decide',
    'consent',
    'constraint',
    'elements',
    'period',
    'rules',
    'scopes',
  ),
  ...inFolder('services/gateway/src', 'entrance/admission', 'entrance/limits', 'backend/circuit'),
  ...inFolder('services/identity/src', 'consents/meaning', 'persons/match-score', 'proxies/end'),
  ...inFolder('services/appointments/src/booking', 'claim', 'slot-rivals'),
  ...inFolder('services/kit/src', 'auth/remote-keys', 'http/listen'),
  ...inFolder('operator/src/controllers/scalingpolicy', 'decision', 'demand', 'history', 'recommendation'),
  ...inFolder('operator/src/controllers/healthcareservice/bindings', 'generated-secrets'),
];

/** Why a file's mutants would not be judged: without a unit test beside it, everything survives or nothing is changed. */
export function withoutTest(file: string): string[] {
  const why = obstacle(file);
  return why === undefined ? [] : [`${file}: ${why}`];
}

function obstacle(file: string): string | undefined {
  const path = resolve(ROOT, file);
  if (!file.endsWith('.ts')) return 'it is not TypeScript';
  if (file.endsWith('.test.ts')) return 'it is a test';
  if (!existsSync(path)) return 'there is no such file';
  const test = `${path.slice(0, -'.ts'.length)}.test.ts`;
  return existsSync(test) ? undefined : `there is no ${basename(test)} beside it`;
}

function main(named: string[]): number {
  const files = named.length > 0 ? named : DECISIONS;
  const refused = files.flatMap(withoutTest);
  for (const line of refused) console.error(line);
  if (refused.length === 0) console.log(files.join('\n'));
  return refused.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.slice(2));
