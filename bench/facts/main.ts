import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FACTS_PATH } from '@careplane/kit';
import { RESULTS } from '../lib/cache.ts';
import { describeMachine } from '../lib/machine.ts';
import { percentile } from '../write-gap/report.ts';
import { openClinic } from './clinic.ts';
import { load } from './load.ts';
import { factsReport } from './report.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    out: { type: 'string', default: RESULTS },
  },
});
const WARM_SECONDS = 5;
/** What decision 0026 promises. */
const MOST = { readP95Ms: 50, factsP95Bytes: 4_096 };
const rates = { reads: 50, searches: 5, seconds: Number(values.seconds) };

const machine = await describeMachine();
const clinic = await openClinic(Number(values.patients));
try {
  const paced = { readsPerSecond: rates.reads, searchesPerSecond: rates.searches };
  await load(clinic, { ...paced, seconds: WARM_SECONDS });
  clinic.forget();
  const { reads, searches, wrong } = await load(clinic, { ...paced, seconds: rates.seconds });
  const answers = [...clinic.answers()];
  const { status: everybody } = await fetch(`${clinic.ground.identity}${FACTS_PATH}/app/lab`);
  const figures = { machine, patients: clinic.patients, rates, reads, searches, answers, everybody };
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'facts.json'), `${JSON.stringify(summaryOf(figures), null, 2)}\n`);
  await writeFile(join(values.out, 'facts.md'), factsReport(figures));
  console.log(factsReport(figures));
  const faults = [
    ...new Set(wrong),
    ...(percentile(reads, 0.95) > MOST.readP95Ms ? [`reads: p95 above ${String(MOST.readP95Ms)} ms`] : []),
    ...(percentile(answers, 0.95) > MOST.factsP95Bytes
      ? [`facts: p95 above ${String(MOST.factsP95Bytes)} bytes`]
      : []),
  ];
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await clinic.stop();
}

function summaryOf({ reads, searches, answers, ...rest }: Parameters<typeof factsReport>[0]): object {
  const of = (list: readonly number[]): object => ({
    count: list.length,
    p50: percentile(list, 0.5),
    p95: percentile(list, 0.95),
    most: percentile(list, 1),
  });
  return { ...rest, reads: of(reads), searches: of(searches), answers: of(answers) };
}
