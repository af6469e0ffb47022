import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { idOf, isHidden, observationOf } from './clinic.ts';
import type { FactsClinic } from './clinic.ts';

/** Milliseconds of requests, from when each was due; and those that were answered wrongly. */
export interface LoadFigures {
  readonly reads: readonly number[];
  readonly searches: readonly number[];
  readonly wrong: readonly string[];
}

const PAGE = 20;

/** Reads and searches as one app at fixed rates, whether the former ones were answered or not. */
export async function load(
  clinic: FactsClinic,
  {
    seconds,
    readsPerSecond,
    searchesPerSecond,
  }: Readonly<Record<'seconds' | 'readsPerSecond' | 'searchesPerSecond', number>>,
): Promise<LoadFigures> {
  const figures = { reads: [] as number[], searches: [] as number[], wrong: [] as string[] };
  const begun = performance.now();
  const paced = async (
    perSecond: number,
    into: number[],
    work: () => Promise<string | undefined>,
  ): Promise<void> => {
    const under: Promise<void>[] = [];
    for (let n = 0; n < perSecond * seconds; n += 1) {
      const due = begun + (n * 1_000) / perSecond;
      await pause(Math.max(0, due - performance.now()));
      under.push(
        work().then((fault) => {
          into.push(performance.now() - due);
          if (fault !== undefined) figures.wrong.push(fault);
        }),
      );
    }
    await Promise.all(under);
  };
  await Promise.all([
    paced(readsPerSecond, figures.reads, () => readOne(clinic)),
    paced(searchesPerSecond, figures.searches, () => searchOne(clinic)),
  ]);
  return figures;
}

async function readOne({ ground, patients }: FactsClinic): Promise<string | undefined> {
  const patient = randomInt(patients);
  const { status } = await ask(ground.records, `Observation/${observationOf(patient)}`);
  const expected = isHidden(patient) ? 404 : 200;
  return status === expected
    ? undefined
    : `a read was answered ${String(status)}, must be ${String(expected)}`;
}

/** The first page of a code: whole, and without anybody who denies it. */
async function searchOne({ ground, codes }: FactsClinic): Promise<string | undefined> {
  const path = `Observation?code=c${String(randomInt(codes))}&_count=${String(PAGE)}`;
  const { status, body } = await ask(ground.records, path);
  const { entry = [] } = body as { entry?: { resource: { subject: { reference: string } } }[] };
  const seen = entry.map(({ resource }) => resource.subject.reference.replace('Patient/', ''));
  const hidden = seen.filter((id) => isHidden(Number(id.slice(idOf(0).length - 1))));
  if (status === 200 && seen.length === PAGE && hidden.length === 0) return undefined;
  return `a search was answered ${String(status)} with ${String(seen.length)} resources, ${String(hidden.length)} of them denied`;
}

async function ask(url: string, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const { statusCode: status, body } = await request(`${url}/fhir/R4/${path}`, {
    headers: { authorization: 'Bearer lab' },
  });
  return { status, body: await body.json() };
}
