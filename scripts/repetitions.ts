// Which tests of a jest run are to be run again alone: a line for each, its file, a tab, a pattern of its name. None when too many failed.
//   node scripts/repetitions.ts e2e.json
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { failedIn, type JestResult } from './tally.ts';

/** More than so many failures do not come of a moment, and to repeat them would take longer than the tests. */
export const MOST = 5;

/** A test to run again; jest matches the pattern with describes and name. */
export interface Repetition {
  file: string;
  pattern: string;
}

export function repetitionsOf({ testResults }: JestResult): Repetition[] {
  const failed = testResults.flatMap((file) => failedIn(file).map(({ test }) => ({ file: file.name, test })));
  if (failed.length > MOST) return [];
  return failed.map(({ file, test }) => ({
    file,
    pattern: test === undefined ? '.*' : `^${escaped(test)}$`,
  }));
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const result = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as JestResult;
  for (const { file, pattern } of repetitionsOf(result)) console.log(`${file}\t${pattern}`);
}
