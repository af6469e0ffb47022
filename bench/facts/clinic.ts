import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Collection, Document } from 'mongodb';
import { startAccessGround } from '../../services/identity/test/access.ts';
import type { AccessGround } from '../../services/identity/test/access.ts';
import { observationDefinition } from './observations.ts';
import type { ObservationRecord } from './observations.ts';

/** Observations with the same code: what one search finds. */
const OF_A_CODE = 100;
const BATCH = 10_000;

/** Whether the app may see a patient: of four, one permits all, one denies all, and two have said nothing. */
export const isHidden = (patient: number): boolean => patient % 4 === 1;
const hasPolicy = (patient: number): boolean => patient % 4 < 2;

export interface FactsClinic {
  readonly ground: AccessGround;
  readonly patients: number;
  readonly codes: number;
  /** Bytes of each answer with facts since `forget`. */
  readonly answers: () => readonly number[];
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

export const idOf = (patient: number): string => `p-${String(patient)}`;
export const observationOf = (patient: number): string => `o-${String(patient).padStart(7, '0')}`;

/** Identity and a service of Observations, one for each patient; half of the patients have a policy. */
export async function openClinic(patients: number): Promise<FactsClinic> {
  let answers: number[] = [];
  const store: { records?: Collection<ObservationRecord> } = {};
  const ground = await startAccessGround({
    definition: observationDefinition(() => {
      if (!store.records) throw new Error('no observations yet');
      return store.records;
    }),
    answered: (bytes) => answers.push(bytes),
  });
  const client = new MongoClient(ground.mongod.uri);
  const records = client.db('records').collection<ObservationRecord>('observations');
  store.records = records;
  await records.createIndexes([{ key: { code: 1, _id: 1 }, name: 'code' }]);
  const all = Array.from({ length: patients }, (_, at) => at);
  for (let at = 0; at < patients; at += BATCH) {
    const some = all.slice(at, at + BATCH);
    await records.insertMany(
      some.map((one) => ({
        _id: observationOf(one),
        patientId: idOf(one),
        code: `c${String(Math.floor(one / OF_A_CODE))}`,
      })),
    );
    await ground.db.collection('fhir_consents').insertMany(some.filter(hasPolicy).map(consentOf));
  }
  return {
    ground,
    patients,
    codes: Math.ceil(patients / OF_A_CODE),
    answers: () => answers,
    forget(): void {
      answers = [];
    },
    async stop(): Promise<void> {
      await client.close();
      await ground.stop();
    },
  };
}

function consentOf(patient: number): Document {
  const patientId = idOf(patient);
  const type = isHidden(patient) ? 'deny' : 'permit';
  const rules = [{ patient: patientId, type, recipients: [], purposes: [], dataClasses: [] }];
  return {
    _id: randomUUID() as never,
    patientId,
    facts: { status: 'active', scope: 'patient-privacy', categories: [], rules },
  };
}
