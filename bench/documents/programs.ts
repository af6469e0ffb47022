import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ecosystemProgram } from '@careplane/testing';
import { join } from 'node:path';
import { ROOT } from '../lib/cache.ts';

const run = promisify(execFile);

/** Prints the CPU of a program, its start included, in seconds: of the user and of the system. */
const TIMED = 'TIMEFORMAT="%U %S"; time "$@"';

/** @returns seconds of CPU */
export async function cpuOf(program: string, args: readonly string[], folder: string): Promise<number> {
  const { stderr } = await run('bash', ['-c', TIMED, 'bash', program, ...args], { cwd: folder });
  const [user = Number.NaN, system = Number.NaN] = (stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return user + system;
}

/** Of the library alone, without the start of a program. @returns seconds of CPU */
export async function cpuOfLibrary(direction: 'encrypt' | 'decrypt', bytes: number): Promise<number> {
  const program = join(ROOT, 'bench/documents/library.ts');
  const { stdout } = await run(process.execPath, [program, direction, String(bytes)]);
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}

/** The same work by two programs, in this folder with `plain`, `key` and `recipient`. */
export function peers(
  recipient: string,
): Readonly<Record<string, { program: string; encrypt: string[]; decrypt: string[] }>> {
  const careplane = [join(ROOT, 'cli/src/main.ts'), 'documents'];
  return {
    age: {
      program: ecosystemProgram('age'),
      encrypt: ['-r', recipient, '-o', 'by-age', 'plain'],
      decrypt: ['-d', '-i', 'key', '-o', 'again-by-age', 'by-age'],
    },
    careplane: {
      program: process.execPath,
      encrypt: [...careplane, 'encrypt', '--force', '-r', recipient, '-o', 'by-careplane', 'plain'],
      decrypt: [...careplane, 'decrypt', '--force', '-i', 'key', '-o', 'again-by-careplane', 'by-careplane'],
    },
  };
}
