import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enterLocalClinic } from '../../testing/entered-clinic.ts';
import type { EnteredClinic } from '../../testing/entered-clinic.ts';
import { importDataSet, renderImport } from './index.ts';

const [PATIENT, VISIT, HEIGHT] = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
  '33333333-3333-4333-8333-333333333333',
];
const subject = { reference: `urn:uuid:${PATIENT}` };
const DATA = {
  Patient: {
    resourceType: 'Patient',
    id: PATIENT,
    name: [{ family: 'Berg', given: ['Ida'] }],
    birthDate: '1950-01-01',
    gender: 'female',
    deceasedDateTime: '2024-01-01',
  },
  Encounter: {
    resourceType: 'Encounter',
    id: VISIT,
    status: 'finished',
    class: { code: 'AMB' },
    subject,
    period: { start: '2020-01-01T10:00:00Z', end: '2020-01-01T10:30:00Z' },
  },
  Observation: {
    resourceType: 'Observation',
    id: HEIGHT,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8302-2' }] },
    subject,
    encounter: { reference: `urn:uuid:${VISIT}` },
    effectiveDateTime: '2020-01-01T10:10:00Z',
    valueQuantity: { value: 170, unit: 'cm' },
  },
};

let whole: EnteredClinic;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-import-'));
  for (const [type, resource] of Object.entries(DATA))
    await writeFile(join(folder, `${type}.ndjson`), `${JSON.stringify(resource)}\n`);
  whole = await enterLocalClinic();
}, 180_000);
afterAll(async () => {
  await whole.stop();
  await rm(folder, { recursive: true });
}, 60_000);

describe('an import of clinical records', () => {
  it('goes through the gateway, of the deceased, too, and when it is run again finds all', async () => {
    const said: string[] = [];
    const once = (): ReturnType<typeof importDataSet> =>
      importDataSet({
        connection: whole.connection,
        entered: whole.entered,
        folder,
        say: (line) => void said.push(line),
      });
    const first = await once();
    expect(first.counts).toEqual([
      { type: 'Encounter', created: 1, found: 0 },
      { type: 'Observation', created: 1, found: 0 },
    ]);
    const again = await once();
    expect(again.counts).toEqual([
      { type: 'Encounter', created: 0, found: 1 },
      { type: 'Observation', created: 0, found: 1 },
    ]);
    expect(said).toEqual(Array(2).fill('importing the records of 1 patients'));
    expect(renderImport(again)).toMatch(/2 records of 1 patients in [\d.]+ s: \d+ a second/);
  }, 60_000);
});
