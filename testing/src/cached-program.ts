import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a program is that a script of this folder brings into the cache. @throws when the script was not run */
export function cachedProgram(path: string, script: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const program = join(process.env['CAREPLANE_CACHE'] ?? join(cache, 'careplane'), path);
  if (!existsSync(program)) throw new Error(`no ${program}: run ${script}`);
  return program;
}
