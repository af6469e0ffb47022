import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, 'dist', 'bundle');

/** A program that becomes one file. */
interface Program {
  readonly name: string;
  readonly entry: string;
  /** Folders that the program reads beside itself at run time. */
  readonly assets?: readonly string[];
}

const SERVICES = ['gateway', 'identity', 'appointments', 'notifications', 'mail-sink'];

const PROGRAMS: readonly Program[] = [
  { name: 'operator', entry: 'operator/src/main.ts', assets: ['observability', 'crds'] },
  ...SERVICES.map((name) => ({ name, entry: `services/${name}/src/main.ts` })),
  { name: 'demo', entry: 'examples/demo/src/main.ts' },
];

/**
 * What packages ask for only if it is installed: native or optional parts that they do without. Marked external, so that
 * the failed import stays at run time, where those packages expect it.
 */
const OPTIONAL = [
  'aws4', 'bufferutil', 'gcp-metadata', 'kerberos', 'mongodb-client-encryption', 'snappy', 'utf-8-validate',
  '@aws-sdk/credential-providers', '@mongodb-js/zstd', '@valkey/valkey-glide',
]; // prettier-ignore

/** CommonJS packages inside an ESM bundle still call `require` for Node's own modules. */
const REQUIRE_BANNER = [
  `import { createRequire as __createRequire } from 'node:module';`,
  `import { fileURLToPath as __fileURLToPath } from 'node:url';`,
  `const require = __createRequire(import.meta.url);`,
  `const __filename = __fileURLToPath(import.meta.url);`,
  `const __dirname = __fileURLToPath(new URL('.', import.meta.url));`,
].join('\n');

/** Bundles one program into `dist/bundle/<name>/main.mjs` with its source map. Gives the size in bytes. */
async function bundle({ name, entry, assets = [] }: Program): Promise<number> {
  const folder = join(OUT, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true, // errors and logs name classes
    legalComments: 'none',
    external: OPTIONAL,
    banner: { js: REQUIRE_BANNER },
    metafile: true,
    logLevel: 'warning',
  });
  for (const asset of assets) await copyAsset(asset, folder);
  return Object.entries(result.metafile.outputs).find(([path]) => path.endsWith('.mjs'))?.[1].bytes ?? 0;
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
    console.error(
      `bundle ${program.name}: failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
