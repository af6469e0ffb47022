import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type BundleOptions } from './bundle-program.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, 'dist', 'bundle');

/** A program that becomes one file. */
interface Program extends Pick<BundleOptions, 'wholeUndici' | 'keepNames'> {
  readonly name: string;
  readonly entry: string;
  /** Folders that the program reads beside itself at run time. */
  readonly assets?: readonly string[];
}

const SERVICES = ['gateway', 'appointments', 'audit', 'witness', 'records', 'notifications', 'mail-sink'];

const PROGRAMS: readonly Program[] = [
  { name: 'operator', entry: 'operator/src/main.ts', assets: ['observability', 'crds'] },
  { name: 'cli', entry: 'cli/src/main.ts', assets: ['observability'] },
  ...SERVICES.map((name) => ({ name, entry: `services/${name}/src/main.ts` })),
  // oidc-provider chooses a token's claims by the name of its class.
  { name: 'identity', entry: 'services/identity/src/main.ts', keepNames: true },
  { name: 'demo', entry: 'examples/demo/src/main.ts', wholeUndici: true },
];

/** Bundles one program into `dist/bundle/<name>/main.mjs` with its source map. Gives the size in bytes. */
async function bundle({ name, entry, assets = [], ...options }: Program): Promise<number> {
  const folder = join(OUT, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const bytes = await bundleProgram({ root: ROOT, entry, outfile: join(folder, 'main.mjs'), ...options });
  for (const asset of assets) await copyAsset(asset, folder);
  return bytes;
}

async function copyAsset(asset: string, folder: string): Promise<void> {
  const from = join(ROOT, asset);
  if (!existsSync(from)) throw new Error(`${asset}/ is missing: the bundle would lack it`);
  await cp(from, join(folder, asset), { recursive: true });
}

/** Bundles the named programs, or all. @throws Error for a name that is no program. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !PROGRAMS.some((program) => program.name === name));
  if (unknown.length > 0) throw new Error(`no such program: ${unknown.join(', ')}`);
  const wanted = PROGRAMS.filter((program) => names.length === 0 || names.includes(program.name));
  for (const program of wanted) await report(program);
}

/** One program's line. A program that cannot be bundled fails the run, after the others have had their turn. */
async function report(program: Program): Promise<void> {
  if (!existsSync(join(ROOT, program.entry))) {
    console.log(`bundle ${program.name}: skipped, ${program.entry} does not exist yet`);
    return;
  }
  const started = performance.now();
  try {
    const bytes = await bundle(program);
    const took = Math.round(performance.now() - started);
    const out = relative(ROOT, join(OUT, program.name));
    console.log(`bundle ${program.name}: ${(bytes / 1_048_576).toFixed(1)} MiB in ${took} ms -> ${out}`);
  } catch (error) {
    console.error(`bundle ${program.name}: failed: ${Error.isError(error) ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
