import { existsSync } from 'node:fs';
import { connect } from '../../examples/demo/src/client/connection.ts';
import { FhirClient } from '../../examples/demo/src/client/fhir-client.ts';
import { importRecords } from '../../examples/demo/src/records/import-records.ts';
import { readRecords } from '../../examples/demo/src/records/read-records.ts';
import { cpuOf } from '../gateway/costs.ts';
import type { Clinicians } from './clinicians.ts';

/** What an import of a data set took, from the first Bundle to the last. */
export interface ImportFigures {
  readonly patients: number;
  readonly records: number;
  readonly seconds: number;
  /** CPU by process, in seconds. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Imports the clinical records of a folder of ndjson files as the demo does, without the gateway. Nothing when there is no such folder. */
export async function measureImport(
  { lab, url, pids }: Clinicians,
  folder: string,
): Promise<ImportFigures | undefined> {
  if (!existsSync(folder)) return undefined;
  const records = await readRecords(folder);
  const patientIds = new Map(records.map(({ patient }) => [patient, lab.patient()]));
  const { id, token } = await lab.caller('app');
  const app = { sub: id, token: () => Promise.resolve(token) };
  const connection = connect(url);
  const before = await cpuOf(pids);
  try {
    const fhir = new FhirClient(connection);
    const { counts, patients, seconds } = await importRecords({
      ...{ fhir, app, records, patientIds },
      say: (line) => {
        console.log(line);
      },
    });
    const after = await cpuOf(pids);
    const cpu = Object.fromEntries(
      Object.keys(pids).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]),
    );
    return { patients, records: counts.reduce((sum, { created }) => sum + created, 0), seconds, cpu };
  } finally {
    await connection.close();
  }
}
