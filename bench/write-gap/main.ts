import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startWriteLoad, until, type WriteLoad } from '@careplane/testing';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { gapReport, percentile, type WriteGaps } from './report.ts';
import { BOOKINGS, startScene, type Scene } from './scene.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    writers: { type: 'string', default: '8' },
    out: { type: 'string', default: RESULTS },
  },
});

/** Milliseconds that the 95th percentile may be. */
const LIMIT_MS = 4_000;
/** Acknowledgements after a kill that show that the gap is over. */
const FLOWING = 50;
/** Milliseconds of undisturbed load between two kills. */
const REST_MS = 2_000;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const scene = await startScene();
  const ended = new AbortController();
  const abandon = (): void => {
    ended.abort();
    void scene.stop();
  };
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const load = await startWriteLoad(scene.client, {
      database: BOOKINGS.service,
      writers: Number(values.writers),
      signal: ended.signal,
    });
    const gaps: number[] = [];
    for (let kill = 0; kill < Number(values.kills); kill++) {
      gaps.push(await gapOfOneKill(scene, load));
      console.log(`kill ${kill + 1}: ${((gaps.at(-1) ?? 0) / 1_000).toFixed(2)} s`);
    }
    const lost = await load.stop();
    await report({
      machine,
      gaps,
      writers: Number(values.writers),
      acknowledged: load.acknowledged(),
      failed: load.failures.length,
      lost: lost.length,
    });
  } finally {
    ended.abort();
    signal.removeEventListener('abort', abandon);
    await scene.stop();
  }
}

/** Kills the primary, waits until writes flow again, and brings the member back. Resolves to the gap in milliseconds. */
async function gapOfOneKill(scene: Scene, load: WriteLoad): Promise<number> {
  const primary = await scene.primary();
  await delay(REST_MS);
  load.longestGap();
  const before = load.acknowledged();
  const failures = load.failures.length;
  await primary.kill();
  await until(() => Promise.resolve(load.acknowledged() >= before + FLOWING), {
    what: 'writes to go on',
    deadlineMs: 60_000,
  }).catch(async (error: unknown) => {
    // The driver tries a commit again for two minutes before a writer hears of it.
    const failed = load.failures.slice(failures).at(-1);
    const words = Error.isError(failed) ? failed.message : 'none';
    throw new Error(`no writes for a minute; last failure of a writer: ${words}; ${await scene.state()}`, {
      cause: error,
    });
  });
  const gap = load.longestGap();
  await primary.restart();
  return gap;
}

async function report(result: WriteGaps): Promise<void> {
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'write-gap.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(values.out, 'write-gap.md'), gapReport(result));
  console.log(gapReport(result));
  if (result.lost > 0 || percentile(result.gaps, 0.95) > LIMIT_MS) process.exitCode = 1;
}

await untilInterrupted(main);
