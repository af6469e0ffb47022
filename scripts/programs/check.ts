// Names the programs that scripts and TypeScript files call and that nothing installs or declares, with file and line.
// Part of `make lint`. What is declared: declared.ts.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseName, declaredPrograms, type IsDeclared } from './declared.ts';
import { recipesOf } from './makefile.ts';
import { shellReader, type ShellReader } from './shell.ts';
import { programsOfTypeScript } from './typescript.ts';
import type { Call } from './words.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = 'cluster/embedded/lib/packages.sh';
const BINARIES = 'cluster/embedded/lib/binaries.sh';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

function trackedFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 });
  return listed.split('\n').filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

const isShell = (file: string): boolean => file.endsWith('.sh') || file === '.ci/run';
const isCode = (file: string): boolean => /\.(?:ts|mjs)$/.test(file);

/** A path into the repository is a file of it; of any other path only the end tells what is called. */
function isKnown({ program }: Call, file: string, isDeclared: IsDeclared): boolean {
  if (!program.includes('/')) return isDeclared(program, file);
  return existsSync(join(ROOT, program)) || isDeclared(baseName(program), file);
}

function callsIn(file: string, shell: ShellReader): Call[] {
  if (isCode(file)) return programsOfTypeScript(file, read(file), shell);
  return shell.read(file === 'Makefile' ? recipesOf(read(file)) : read(file)).calls;
}

async function main(): Promise<number> {
  const shell = await shellReader();
  const files = trackedFiles();
  const functions = new Set(files.filter(isShell).flatMap((file) => shell.read(read(file)).functions));
  const isDeclared = declaredPrograms({
    packages: read(PACKAGES),
    binaries: shell.read(read(BINARIES)),
    npm: readdirSync(join(ROOT, 'node_modules/.bin')),
  });
  let unknown = 0;
  for (const file of files.filter((path) => isShell(path) || isCode(path) || path === 'Makefile'))
    for (const call of callsIn(file, shell)) {
      if (functions.has(call.program) || isKnown(call, file, isDeclared)) continue;
      console.error(
        `${file}:${call.line}: ${call.program} is installed by nothing (${PACKAGES}, scripts/programs/declared.ts)`,
      );
      unknown++;
    }
  return unknown === 0 ? 0 : 1;
}

process.exitCode = await main();
