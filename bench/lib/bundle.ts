import { join } from 'node:path';
import { bundleProgram } from '../../scripts/bundle-program.ts';
import { BENCH_CACHE, ROOT } from './cache.ts';

/** Bundles a program into the cache, as in the images, and returns the file's path. */
export async function bundleInto(name: string, entry: string): Promise<string> {
  const outfile = join(BENCH_CACHE, 'bundle', name, 'main.mjs');
  await bundleProgram({ root: ROOT, entry, outfile });
  return outfile;
}
