import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateKey, identity, publicKeyOf, recipient, rewrap, seal, streamOf } from '@careplane/documents';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { browserSpeed } from './browser.ts';
import { cpuOf, cpuOfLibrary, peers } from './programs.ts';
import { documentsReport, LIMIT, speed, type Direction, type DocumentFigures } from './report.ts';

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '256000000' },
    rounds: { type: 'string', default: '5' },
    out: { type: 'string', default: RESULTS },
  },
});

const DIRECTIONS: readonly Direction[] = ['encrypt', 'decrypt'];
/** The page keeps content and file in memory, and JavaScript is slow. */
const BROWSER_BYTES = 64_000_000;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'careplane-bench-documents-'));
  try {
    const figures = { machine, ...(await measure(folder, signal)) };
    await mkdir(values.out, { recursive: true });
    await writeFile(join(values.out, 'documents.json'), `${JSON.stringify(figures, null, 2)}\n`);
    await writeFile(join(values.out, 'documents.md'), documentsReport(figures));
    console.log(documentsReport(figures));
    const isSlow = DIRECTIONS.some(
      (direction) => !(speed(figures, figures.cpu['library']?.[direction] ?? []) >= LIMIT),
    );
    process.exitCode = isSlow ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, signal: AbortSignal): Promise<Omit<DocumentFigures, 'machine'>> {
  const bytes = Number(values.bytes);
  const key = await generateKey();
  const publicKey = await publicKeyOf(key);
  await writeFile(join(folder, 'key'), `${key}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'plain'), new Uint8Array(bytes));
  const programs = Object.entries(peers(publicKey));
  const none = (): Record<Direction, number[]> => ({ encrypt: [], decrypt: [] });
  const figures = {
    bytes,
    cpu: Object.fromEntries(['library', ...programs.map(([name]) => name)].map((name) => [name, none()])),
    browser: { webCrypto: [], javaScript: [] },
    rewrap: [],
  } as Omit<DocumentFigures, 'machine'>;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const direction of DIRECTIONS) {
      signal.throwIfAborted();
      figures.cpu['library']?.[direction].push(await cpuOfLibrary(direction, bytes));
      for (const [name, peer] of programs)
        figures.cpu[name]?.[direction].push(await cpuOf(peer.program, peer[direction], folder));
    }
    figures.browser.webCrypto.push(await browserSpeed(BROWSER_BYTES, true));
    figures.browser.javaScript.push(await browserSpeed(BROWSER_BYTES, false));
    figures.rewrap.push(await rewrapMs(key, publicKey));
  }
  return figures;
}

async function rewrapMs(key: string, publicKey: string): Promise<number> {
  const { header } = await seal(streamOf(), [recipient(publicKey)]);
  const begun = performance.now();
  await rewrap(header, [identity(key)], [recipient(publicKey)]);
  return performance.now() - begun;
}

await untilInterrupted(main);
