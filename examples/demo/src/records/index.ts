import { randomUUID, webcrypto } from 'node:crypto';
import { clientCredentialsGrant, PrivateKeyJwt } from 'openid-client';
import type { Connection } from '../client/connection.ts';
import { each } from '../client/each.ts';
import { anyPatient } from '../data/clinic-data.ts';
import type { DemoPatient } from '../data/clinic-data.ts';
import { readResources } from '../data/ndjson.ts';
import type { Entered } from '../enter.ts';
import { openApp } from '../login/app.ts';
import { RenewedSession } from '../login/session.ts';
import type { Session } from '../login/session.ts';
import { renderTable } from '../report/table.ts';
import { importRecords } from './import-records.ts';
import type { ImportResult } from './import-records.ts';
import { readRecords } from './read-records.ts';
import { RECORD_TYPES } from './resource.ts';

/** Concurrent creates of patients. */
const CONCURRENCY = 8;

/**
 * Imports all clinical records of a data set, of the deceased, too, through the gateway: as a backend app that may create and search
 * them, and nothing else. It is registered for this, and removed afterwards.
 */
export async function importDataSet({ connection, entered, folder, say }: ImportOf): Promise<ImportResult> {
  const records = await readRecords(folder);
  say(`importing the records of ${records.length} patients`);
  const patientIds = await ensurePatients(entered, folder);
  return asImporter(connection, entered, (app) =>
    importRecords({ fhir: entered.api.fhir, app, records, patientIds, say }),
  );
}

export interface ImportOf {
  readonly connection: Connection;
  readonly entered: Entered;
  /** With one ndjson or ndjson.gz file a type. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** A line for each type, and all together. */
export function renderImport({ counts, patients, seconds }: ImportResult): string {
  const total = counts.reduce((sum, { created, found }) => sum + created + found, 0);
  const rate = seconds > 0 ? Math.round(total / seconds) : 0;
  return [
    renderTable([
      ['records', 'created', 'found'],
      ...counts.map(({ type, created, found }) => [type, String(created), String(found)]),
    ]),
    `  ${total} records of ${patients} patients in ${seconds.toFixed(1)} s: ${rate} a second`,
  ].join('\n');
}

/** The clinic's patients by their ids in the data set; those who are not there are made. */
async function ensurePatients({ api, admin }: Entered, folder: string): Promise<ReadonlyMap<string, string>> {
  const patients: DemoPatient[] = [];
  for await (const resource of readResources(folder, 'Patient')) patients.push(anyPatient(resource));
  const ids = await each(patients, CONCURRENCY, async (patient) => {
    const { id } = await api.createPatient(admin, patient);
    return [patient.sourceId, id] as const;
  });
  return new Map(ids);
}

async function asImporter<T>(
  connection: Connection,
  { administration }: Entered,
  work: (app: Session) => Promise<T>,
): Promise<T> {
  const clientId = `careplane-demo-import-${randomUUID()}`;
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  );
  const kid = randomUUID();
  const key = { ...(await webcrypto.subtle.exportKey('jwk', publicKey)), kid, alg: 'ES256', use: 'sig' };
  const scopes = RECORD_TYPES.map((type) => `system/${type}.crs`);
  await administration.ensureApp({
    clientId,
    name: 'Careplane demo: import',
    type: 'backend',
    scopes,
    jwks: { keys: [key] },
  });
  try {
    const app = await openApp(connection, clientId, PrivateKeyJwt({ key: privateKey, kid }));
    const grant = (): ReturnType<typeof clientCredentialsGrant> =>
      clientCredentialsGrant(app, { scope: scopes.join(' ') });
    return await work(new RenewedSession(clientId, await grant(), grant));
  } finally {
    await administration.removeApp(clientId);
  }
}
