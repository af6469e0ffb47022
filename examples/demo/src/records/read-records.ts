import { DataMissing, readResources } from '../data/ndjson.ts';
import { patientOf, RECORD_TYPES, sourceResource } from './resource.ts';
import type { SourceResource } from './resource.ts';

/** What the data set has of a patient, in the order in which resources refer to each other. */
export interface RecordsOfPatient {
  /** The patient's id in the data set. */
  readonly patient: string;
  readonly resources: readonly SourceResource[];
}

/** Reads the clinical resources of a folder, by patient. A type whose file is not there has none. */
export async function readRecords(folder: string): Promise<RecordsOfPatient[]> {
  const byPatient = new Map<string, SourceResource[]>();
  for (const type of RECORD_TYPES) {
    for await (const resource of ofType(folder, type)) {
      const patient = patientOf(resource);
      if (patient === undefined) continue;
      const resources = byPatient.get(patient) ?? [];
      resources.push(resource);
      byPatient.set(patient, resources);
    }
  }
  return [...byPatient].map(([patient, resources]) => ({ patient, resources }));
}

async function* ofType(folder: string, type: string): AsyncGenerator<SourceResource> {
  try {
    for await (const resource of readResources(folder, type)) yield sourceResource.parse(resource);
  } catch (error) {
    if (!(error instanceof DataMissing)) throw error;
  }
}
