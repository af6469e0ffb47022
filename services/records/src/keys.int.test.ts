import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { exampleOf } from '../test/examples.ts';
import { newKey, resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Caller, RecordsLab } from '../test/records-lab.ts';

let lab: RecordsLab;
let doctor: Caller;
let id: unknown;

beforeAll(async () => {
  lab = await startRecordsLab({ UPKEEP_MS: '50' });
  const patient = lab.patient();
  doctor = await lab.caller('practitioner', treating(patient));
  const made = await lab.ask('POST Condition', doctor, { body: exampleOf('Condition', patient) });
  ({ id } = made.body);
}, 120_000);
afterAll(() => lab.stop());

const found = async (): Promise<unknown[]> =>
  resourcesOf(await lab.ask('GET Condition?code=82423001', doctor)).map((one) => one.id);
const marks = async (): Promise<unknown[]> =>
  (await lab.database.collection('condition').find().toArray()).map(({ lookup }): unknown => lookup);
const keysUnder = async (): Promise<unknown[]> =>
  (await lab.database.collection('data_keys').find().toArray()).map(({ kek }): unknown => kek);

describe('the keys of records', () => {
  it('that do not fit the data stop the service, which says what is missing', async () => {
    await expect(lab.restart(() => ({ keyEncryptionKey: newKey() }))).rejects.toThrow(
      'keyEncryptionKeyPrevious',
    );
    await expect(lab.restart(() => ({ lookupKey: newKey() }))).rejects.toThrow('lookupKeyPrevious');
    await lab.restart(() => ({}));
    expect(await found()).toEqual([id]);
  });

  it('rotate while records are found and read all along, until the former ones may go', async () => {
    const next = { keyEncryptionKey: newKey(), lookupKey: newKey() };
    const [mark] = await marks();
    const [kek] = await keysUnder();
    await lab.restart((former) => ({
      ...next,
      keyEncryptionKeyPrevious: former.keyEncryptionKey,
      lookupKeyPrevious: former.lookupKey,
    }));
    expect(await found()).toEqual([id]);
    await until(async () => !(await marks()).includes(mark), { what: 'tokens of the new key' });
    await until(async () => !(await keysUnder()).includes(kek), { what: 'data keys under the new key' });
    await lab.restart(() => next);
    expect(await found()).toEqual([id]);
  });
});
