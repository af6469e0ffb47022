import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { build } from 'esbuild';
import { lazyHttp, leanUndici } from './lean-modules.ts';

/**
 * What packages ask for only if it is installed: native or optional parts that they do without. Marked external, so that
 * the failed import stays at run time, where those packages expect it.
 */
const OPTIONAL = [
  'aws4',
  'bufferutil',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'utf-8-validate',
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  '@valkey/valkey-glide',
];

/** CommonJS packages inside an ESM bundle still call `require` for Node's own modules. */
const REQUIRE_BANNER = [
  `import { createRequire as __createRequire } from 'node:module';`,
  `import { fileURLToPath as __fileURLToPath } from 'node:url';`,
  `const require = __createRequire(import.meta.url);`,
  `const __filename = __fileURLToPath(import.meta.url);`,
  `const __dirname = __fileURLToPath(new URL('.', import.meta.url));`,
].join('\n');

export interface BundleOptions {
  /** Folder that `entry` is relative to. */
  root: string;
  entry: string;
  outfile: string;
  /** Takes undici whole: for a program that runs once and needs what `leanUndici` leaves out. */
  wholeUndici?: boolean;
  /** Keeps the names of classes, which bundling may change: for packages that tell their classes apart by name. */
  keepNames?: boolean;
}

/**
 * Bundles a program into ECMAScript modules with their source maps: one that starts it, and one for each part that is
 * loaded only when it is needed. Gives their size in bytes.
 */
export async function bundleProgram({
  root,
  entry,
  outfile,
  wholeUndici = false,
  keepNames = false,
}: BundleOptions): Promise<number> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: basename(outfile, extname(outfile)) }],
    outdir: dirname(outfile),
    outExtension: { '.js': extname(outfile) },
    splitting: true,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    keepNames,
    external: OPTIONAL,
    plugins: wholeUndici ? [lazyHttp] : [lazyHttp, leanUndici],
    banner: { js: REQUIRE_BANNER },
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = Object.keys(result.metafile.outputs);
  for (const path of outputs.filter((output) => output.endsWith('.map')))
    await keepOwnSources(join(root, path));
  const modules = Object.entries(result.metafile.outputs).filter(([path]) => !path.endsWith('.map'));
  for (const [path] of modules) await demandNarrow(join(root, path));
  return modules.reduce((total, [, { bytes }]) => total + bytes, 0);
}

/**
 * One character beyond Latin-1 has V8 keep the whole text of a module in two bytes a character: 3.5 MB more in the
 * operator. esbuild escapes them in strings, but not in regular expressions. @throws Error naming the place
 */
async function demandNarrow(path: string): Promise<void> {
  const found = /.{0,40}[^\0-\xff].{0,20}/u.exec(await readFile(path, 'utf8'));
  if (found !== null)
    throw new Error(`${path} has a character that V8 stores in two bytes, write it as \\uXXXX: ${found[0]}`);
}

/**
 * Leaves the packages out of a source map. Node parses the whole map at the first stack trace and keeps it: with the
 * packages' positions that was 90 MB of heap in the operator, for lines that nobody here has written.
 */
async function keepOwnSources(path: string): Promise<void> {
  const map = JSON.parse(await readFile(path, 'utf8')) as {
    sources: string[];
    names: string[];
    mappings: string;
  };
  const isOwn = map.sources.map((source) => !source.includes('node_modules/'));
  const kept = decode(map.mappings).map((line) =>
    line
      .filter((segment, index) => isMapped(segment[1]) || isMapped(line[index - 1]?.[1]))
      .map(
        // Where a package begins, the last mapping of our own has to end.
        (segment) => (isMapped(segment[1]) ? segment : ([segment[0]] as [number])),
      ),
  );
  await writeFile(path, JSON.stringify({ ...map, mappings: encode(kept) }));

  function isMapped(source: number | undefined): boolean {
    return source !== undefined && isOwn[source] === true;
  }
}
