import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleOf } from '../test/examples.ts';
import { resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Caller, RecordsLab } from '../test/records-lab.ts';

describe('a search of who a patient shares with', () => {
  let lab: RecordsLab;
  let patient: Caller;
  let doctor: Caller;
  beforeAll(async () => {
    lab = await startRecordsLab();
    patient = await lab.caller('patient');
    doctor = await lab.caller('practitioner', treating(patient.id));
  }, 120_000);
  afterAll(() => lab.stop());

  const create = (type: string, more: object = {}): Promise<Answer> =>
    lab.ask(`POST ${type}`, doctor, { body: { ...exampleOf(type, patient.id), ...more } });
  const find = async (query: string, caller: Caller): Promise<unknown[]> =>
    resourcesOf(await lab.ask(`GET ${query}`, caller)).map(({ id }) => id);

  it('brings with what is shared only what is shared, too, and no whole record', async () => {
    const visit = await create('Encounter');
    const made = await create('Procedure', {
      encounter: { reference: `Encounter/${String(visit.body.id)}` },
    });
    const guestOf = async (...resources: readonly string[]): Promise<Caller> => {
      const id = randomUUID();
      const until = '2999-01-01T00:00:00.000Z';
      const share = {
        patient: patient.id,
        recipients: [`Practitioner/${id}`],
        purposes: [],
        resources,
        until,
      };
      return lab.caller('practitioner', { shares: [share] }, id);
    };
    const [procedure, encounter] = [
      `Procedure/${String(made.body.id)}`,
      `Encounter/${String(visit.body.id)}`,
    ];
    const including = `Procedure?_include=Procedure:encounter`;
    expect(await find(including, await guestOf(procedure))).toEqual([made.body.id]);
    const both = await guestOf(procedure, encounter);
    expect(await find(including, both)).toEqual([made.body.id, visit.body.id]);
    expect(await find('Encounter?_revinclude=Procedure:encounter', await guestOf(encounter))).toEqual([
      visit.body.id,
    ]);
    for (const path of [`Patient/${patient.id}/$everything`, 'Observation', 'Encounter?status=planned'])
      expect(resourcesOf(await lab.ask(`GET ${path}`, both))).toEqual([]);
  });
});
