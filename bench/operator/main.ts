import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { joined, resultOfBefore } from '../lib/result-of-before.ts';
import { brief, CONTESTANTS, type Contestant } from './contestants.ts';
import { measure, sumOf, type Figures } from './measure.ts';
import { report, type Turn } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    n: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '200' },
    turns: { type: 'string', default: '8' },
    out: { type: 'string', default: RESULTS },
  },
});

/** The value of `--only`: not a contestant of its own. */
const TURNS = 'turns';

interface Result {
  figures: Figures[];
  turns: Turn[];
}

/**
 * Measures the contestants one after another, then Careplane and controller-runtime in turns, and writes the page.
 * Contestants that are not measured keep their earlier figures.
 */
async function main(signal: AbortSignal): Promise<void> {
  const chosen = choose(values.only.split(',').filter((name) => name !== ''));
  const machine = await describeMachine();
  if (machine.isBusy) console.log(`The machine is busy (load ${machine.load}): the times will be too long.`);
  const figures: Figures[] = [];
  for (const contestant of chosen) figures.push(await measured(contestant, Number(values.changes), signal));
  const taken = chosen.length === 1 ? [] : await takeTurns(signal);
  const path = join(values.out, 'operator.json');
  const before = await resultOfBefore<Result>(path);
  const all = joined(before.figures ?? [], figures, ({ id }) => id);
  const turns = taken.length > 0 ? taken : (before.turns ?? []);
  await mkdir(values.out, { recursive: true });
  await writeFile(path, `${JSON.stringify({ machine, figures: all, turns }, null, 2)}\n`);
  await writeFile(join(values.out, 'operator.md'), report(machine, all, turns));
  console.log(`written: ${join(values.out, 'operator.md')}`);
}

function choose(wanted: readonly string[]): Contestant[] {
  if (wanted.includes(TURNS)) return [];
  const chosen = CONTESTANTS.filter(
    ({ id }) => wanted.length === 0 || wanted.some((name) => id === name || id === `${name}-predicates`),
  );
  if (chosen.length === 0)
    throw new Error(
      `no such operator: ${values.only}; there are ${CONTESTANTS.map(({ id }) => id).join(', ')}`,
    );
  return chosen;
}

/**
 * A single run on a shared machine says little. So the two take turns, alternate in who begins, and the median of the
 * ratios counts.
 */
async function takeTurns(signal: AbortSignal): Promise<Turn[]> {
  const [ours, theirs] = ['careplane', 'controller-runtime'].map((name) =>
    CONTESTANTS.find(({ id }) => id === name),
  );
  const turns: Turn[] = [];
  if (ours === undefined || theirs === undefined) return turns;
  for (let turn = 0; turn < Number(values.turns); turn++) {
    const order = turn % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const figures = new Map<Contestant, Figures>();
    for (const contestant of order) figures.set(contestant, await measured(brief(contestant), 0, signal));
    const [own, other] = [figures.get(ours), figures.get(theirs)];
    if (own !== undefined && other !== undefined) turns.push({ ours: own, theirs: other });
  }
  return turns;
}

async function measured(contestant: Contestant, changes: number, signal: AbortSignal): Promise<Figures> {
  signal.throwIfAborted();
  const started = performance.now();
  const figures = await measure(contestant, { n: Number(values.n), changes, signal });
  const took = Math.round((performance.now() - started) / 1_000);
  console.log(
    `${contestant.id}: ${figures.ready}/${figures.n} ready in ${figures.allReady.toFixed(1)} s, peak ${figures.rssPeak.toFixed(0)} MiB, ` +
      `cpu ${figures.operatorCpuToReady.toFixed(1)} s, ${sumOf(figures.writesToReady)} writes, ${sumOf(figures.writesAfter)} after (${took} s in all)`,
  );
  return figures;
}

await untilInterrupted(main);
