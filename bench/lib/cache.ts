import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The folder of everything that the bench builds, outside of the checkout. */
export const BENCH_CACHE = join(
  process.env['CAREPLANE_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'careplane'),
  'bench',
);

export const RESULTS = join(ROOT, 'bench', 'results');
