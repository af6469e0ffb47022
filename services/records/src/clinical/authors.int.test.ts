import { RULES } from '@careplane/access';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleOf } from '../../test/examples.ts';
import { startRecordsLab, treating } from '../../test/records-lab.ts';
import type { Answer, Caller, RecordsLab } from '../../test/records-lab.ts';
import { KINDS } from '../kinds/index.ts';

const STRANGER = { reference: 'Practitioner/stranger' };

describe('who made a record', () => {
  let lab: RecordsLab;
  let patient: Caller;
  let doctor: Caller;
  beforeAll(async () => {
    lab = await startRecordsLab();
    patient = await lab.caller('patient');
    doctor = await lab.caller('practitioner', treating(patient.id));
  }, 120_000);
  afterAll(() => lab.stop());

  const create = (type: string, more: object, caller: Caller): Promise<Answer> =>
    lab.ask(`POST ${type}`, caller, { body: { ...exampleOf(type, patient.id), ...more } });

  it('is nobody else than the patient, their relative or their device, where a patient writes it', async () => {
    const me = { reference: `Patient/${patient.id}` };
    const write = (performer: object[]): Promise<Answer> => create('Observation', { performer }, patient);
    expect((await write([me, { reference: 'RelatedPerson/mother' }])).status).toBe(201);
    for (const other of [STRANGER, { display: 'Dr. Who' }, { identifier: { value: '7' } }]) {
      const { status, body } = await write([me, other]);
      expect([status, body.issue?.[0]?.expression]).toEqual([403, ['Observation.performer[1]']]);
    }
    expect((await create('Observation', { performer: [STRANGER] }, doctor)).status).toBe(201);
  });

  it('stays who it was: the patient changes what they have made, and nothing of others', async () => {
    const change = async (document: Answer, more: object): Promise<number> => {
      const headers = { 'if-match': 'W/"1"' };
      const body = { ...document.body, ...more };
      const path = `PUT DocumentReference/${String(document.body.id)}`;
      return (await lab.ask(path, patient, { body, headers })).status;
    };
    const unnamed = { author: undefined, authenticator: undefined };
    for (const author of [undefined, [STRANGER], [STRANGER, { reference: `Patient/${patient.id}` }]]) {
      const letter = await create('DocumentReference', { ...unnamed, author }, doctor);
      expect(await change(letter, { description: 'a letter' })).toBe(403);
      expect(await change(letter, { author: [{ reference: `Patient/${patient.id}` }] })).toBe(403);
    }
    const own = await create('DocumentReference', unnamed, patient);
    expect(await change(own, { author: [STRANGER] })).toBe(403);
    expect(await change(own, { description: 'my letter' })).toBe(200);
  });

  it('is known of every type that patients write', () => {
    const written = KINDS.filter(({ type }) => RULES[type]?.roles.patient?.create !== undefined);
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter(({ authors }) => authors === undefined)).toEqual([]);
  });
});
