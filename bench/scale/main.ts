import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { joined, resultOfBefore } from '../lib/result-of-before.ts';
import { measureBystanders } from './bystanders.ts';
import { measureFailovers } from './failover.ts';
import { measureGrowth, type GrowthFigures } from './growth.ts';
import { scaleReport, type ScaleResult } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'bystanders,growth,failover' },
    n: { type: 'string', default: '1000,5000,10000' },
    bystanders: { type: 'string', default: '30000' },
    out: { type: 'string', default: RESULTS },
  },
});

const FAILOVERS = 5;

/** Measures the requested parts and writes the page; other parts keep their earlier figures. */
async function main(signal: AbortSignal): Promise<void> {
  const parts = new Set(values.only.split(','));
  const result: ScaleResult = {
    ...(await resultOfBefore<ScaleResult>(join(values.out, 'scale.json'))),
    machine: await describeMachine(),
  };
  if (parts.has('bystanders')) {
    result.bystanders = await measureBystanders(Number(values.bystanders), signal);
    console.log(JSON.stringify(result.bystanders));
  }
  if (parts.has('failover')) {
    result.failovers = await measureFailovers(FAILOVERS, signal);
    console.log(`failovers: ${result.failovers.map((seconds) => seconds.toFixed(1)).join(', ')} s`);
  }
  if (parts.has('growth'))
    result.growth = joined(
      result.growth ?? [],
      await growthOf(values.n.split(',').map(Number), signal),
      ({ services }) => services,
    ).sort((a, b) => a.services - b.services);
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'scale.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(values.out, 'scale.md'), scaleReport(result));
  console.log(`written: ${join(values.out, 'scale.md')}`);
}

async function growthOf(sizes: readonly number[], signal: AbortSignal): Promise<GrowthFigures[]> {
  const all: GrowthFigures[] = [];
  for (const size of sizes) {
    const figures = await measureGrowth(size, signal);
    console.log(JSON.stringify(figures));
    all.push(figures);
  }
  return all;
}

await untilInterrupted(main);
