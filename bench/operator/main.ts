import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { CONTESTANTS } from './contestants.ts';
import { measure, sumOf, type Figures } from './measure.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    n: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '200' },
    out: { type: 'string', default: RESULTS },
  },
});

/** Measures the contestants one after the other and writes the page. */
async function main(signal: AbortSignal): Promise<void> {
  const wanted = values.only.split(',').filter((name) => name !== '');
  const chosen = CONTESTANTS.filter(
    ({ id }) =>
      wanted.length === 0 ||
      wanted.some((name) => id === name || id === `${name}-again` || id === `${name}-predicates`),
  );
  if (chosen.length === 0)
    throw new Error(
      `no such operator: ${values.only}; there are ${CONTESTANTS.map(({ id }) => id).join(', ')}`,
    );
  const machine = await describeMachine();
  if (machine.isBusy)
    console.log(`The machine is busy (load ${machine.load}): the times will be longer than they are.`);
  const all: Figures[] = [];
  for (const contestant of chosen) {
    signal.throwIfAborted();
    const started = performance.now();
    const figures = await measure(contestant, {
      n: Number(values.n),
      changes: Number(values.changes),
      signal,
    });
    all.push(figures);
    const took = Math.round((performance.now() - started) / 1_000);
    console.log(
      `${contestant.id}: ${figures.ready}/${figures.n} ready in ${figures.allReady.toFixed(1)} s, peak ${figures.rssPeak.toFixed(0)} MiB, ` +
        `cpu ${figures.operatorCpuToReady.toFixed(1)} s, ${sumOf(figures.writesToReady)} writes, ${sumOf(figures.writesAfter)} after (${took} s in all)`,
    );
  }
  await mkdir(values.out, { recursive: true });
  await writeFile(
    join(values.out, 'operator.json'),
    `${JSON.stringify({ machine, figures: all }, null, 2)}\n`,
  );
  await writeFile(join(values.out, 'operator.md'), report(machine, all));
  console.log(`written: ${join(values.out, 'operator.md')}`);
}

await untilInterrupted(main);
