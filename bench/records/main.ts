import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCosts } from '../gateway/costs.ts';
import { RESULTS, ROOT } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { joined, resultOfBefore } from '../lib/result-of-before.ts';
import { startClinicians } from './clinicians.ts';
import { measureContents } from './contents.ts';
import { measureEncryption } from './encryption.ts';
import { measureImport } from './import.ts';
import { CREATE, READ, recordsReport, shortfalls } from './report.ts';
import type { FhirFigures, RecordsFigures } from './report.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: 'documents,read,create,import' },
    data: { type: 'string', default: join(ROOT, '..', 'shared', 'data', 'synthea') },
    profile: { type: 'string' },
    out: { type: 'string', default: RESULTS },
  },
});

const WANTED = new Set(values.only.split(','));
/** As large as a document may be. */
const CONTENT_BYTES = 100e6;
const AT_ONCE = 32;
/** As many as ask at the same time, each about some patients of their own. */
const CLINIC = { clinicians: AT_ONCE, patients: 12, observations: 5 } as const;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const json = join(values.out, 'records.json');
  const before = await resultOfBefore<RecordsFigures>(json);
  const figures: Partial<RecordsFigures> = { ...before, machine };
  if (WANTED.has('documents')) Object.assign(figures, await measureDocuments(signal));
  if (['read', 'create', 'import'].some((what) => WANTED.has(what)))
    figures.fhir = await measureFhir(before.fhir, signal);
  await mkdir(values.out, { recursive: true });
  await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  await writeFile(join(values.out, 'records.md'), recordsReport(machine, figures));
  console.log(recordsReport(machine, figures));
  for (const shortfall of shortfalls(figures)) {
    console.error(shortfall);
    process.exitCode = 1;
  }
}

async function measureDocuments(
  signal: AbortSignal,
): Promise<Pick<RecordsFigures, 'encryption' | 'contents'>> {
  const work = { bytes: Number(values.megabytes) * 1e6, rounds: Number(values.rounds) };
  const encryption = await measureEncryption(work, signal);
  return { encryption, contents: await measureContents({ ...work, bytes: CONTENT_BYTES }, signal) };
}

async function measureFhir(before: FhirFigures | undefined, signal: AbortSignal): Promise<FhirFigures> {
  const clinic = await startClinicians({ ...CLINIC, flags: profilingFlags(values.profile) });
  try {
    signal.throwIfAborted();
    const { url, pids, reads, creates } = clinic;
    const contestants = [
      ...(WANTED.has('read') ? [{ name: READ, pids, target: { url, asks: reads } }] : []),
      ...(WANTED.has('create') ? [{ name: CREATE, pids, target: { url, asks: creates } }] : []),
    ];
    const rounds = { atOnce: AT_ONCE, rounds: Number(values.rounds), seconds: Number(values.seconds) };
    const costs = await measureCosts(contestants, rounds);
    const pending = await clinic.pending();
    signal.throwIfAborted();
    const measured = WANTED.has('import') ? await measureImport(clinic, values.data) : undefined;
    const imported = measured ?? before?.imported;
    return {
      costs: joined(before?.costs ?? [], costs, ({ name }) => name),
      pending,
      ...(imported ? { imported } : {}),
    };
  } finally {
    await clinic.stop();
  }
}

function profilingFlags(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return ['--cpu-prof', '--cpu-prof-interval=2000', `--cpu-prof-dir=${folder}`];
}

await untilInterrupted(main);
