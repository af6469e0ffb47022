import { z } from 'zod';
import { each } from '../client/each.ts';
import type { Call } from '../client/connection.ts';
import { parsed } from '../client/fhir-client.ts';
import type { FhirClient } from '../client/fhir-client.ts';
import type { Session } from '../login/session.ts';
import { packetsOf, transactionOf } from './packets.ts';
import type { RecordsOfPatient } from './read-records.ts';
import type { SourceResource } from './resource.ts';

/** What was sent of a type. */
export interface ImportCount {
  readonly type: string;
  /** New to the clinic. */
  created: number;
  /** There already, from a former run. */
  found: number;
}

export interface ImportResult {
  readonly counts: readonly ImportCount[];
  readonly patients: number;
  readonly seconds: number;
}

export interface ImportParts {
  readonly fhir: FhirClient;
  /** An app that may create and search what is imported. */
  readonly app: Session;
  readonly records: readonly RecordsOfPatient[];
  /** The id of a patient in the clinic, by their id in the data set. */
  readonly patientIds: ReadonlyMap<string, string>;
  readonly say: (line: string) => void;
}

/** Patients at the same time: one patient's Bundles follow each other, since they refer back. */
const CONCURRENCY = 4;
const SAY_EVERY_MS = 5_000;

const answered = z.object({
  entry: z.array(z.object({ response: z.object({ status: z.string(), location: z.string() }) })),
});

/**
 * Imports records, Bundle by Bundle, each a transaction. What is there already is found by its identifier, so that an import that was
 * cut off may be run again.
 * @throws UnexpectedAnswer for a Bundle that is refused: then nothing of it is stored
 */
export async function importRecords(parts: ImportParts): Promise<ImportResult> {
  const { records, say } = parts;
  const began = performance.now();
  const total = records.reduce((sum, { resources }) => sum + resources.length, 0);
  const counts = new Map<string, ImportCount>();
  const progress = { done: 0, said: began };
  const tell = (resource: SourceResource, isNew: boolean): void => {
    const { resourceType: type } = resource;
    const count = counts.get(type) ?? { type, created: 0, found: 0 };
    counts.set(type, count);
    count[isNew ? 'created' : 'found'] += 1;
    progress.done += 1;
    const now = performance.now();
    if (now - progress.said < SAY_EVERY_MS) return;
    progress.said = now;
    const rate = Math.round((progress.done * 1000) / (now - began));
    say(`imported ${progress.done} of ${total} records, ${rate} a second`);
  };
  await each(records, CONCURRENCY, (one) => importPatient(parts, one, tell));
  const seconds = (performance.now() - began) / 1000;
  return { counts: [...counts.values()], patients: records.length, seconds };
}

async function importPatient(
  { fhir, app, patientIds }: ImportParts,
  { patient, resources }: RecordsOfPatient,
  tell: (resource: SourceResource, isNew: boolean) => void,
): Promise<void> {
  const id = patientIds.get(patient);
  if (id === undefined) throw new Error('the data names a patient that the clinic has not');
  const known = new Map([[patient, `Patient/${id}`]]);
  for (const packet of packetsOf(resources)) {
    const body = transactionOf(packet, (sourceId) => known.get(sourceId));
    const call: Call = { method: 'POST', path: '/fhir/R4', body, prefer: 'return=minimal', repeatable: true };
    const answer = await fhir.send(app, call);
    const { entry } = parsed(call, answer, { status: [200], schema: answered });
    packet.forEach((resource, index) => {
      const { status = '', location = '' } = entry[index]?.response ?? {};
      const [, literal] = /\/fhir\/R4\/([A-Za-z]+\/[^/]+)/.exec(location) ?? [];
      if (literal === undefined) throw new Error('an entry is answered without its location');
      known.set(resource.id, literal);
      tell(resource, status.startsWith('201'));
    });
  }
}
