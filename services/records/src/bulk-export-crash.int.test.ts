import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pause } from '@careplane/kit';
import { exampleOf } from '../test/examples.ts';
import { exportCalls } from '../test/export-calls.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Body, RecordsLab } from '../test/records-lab.ts';

let lab: RecordsLab;

beforeAll(async () => {
  lab = await startRecordsLab({ EXPORT_LEASE_MS: '500', EXPORT_PAUSE_MS: '0' });
}, 120_000);
afterAll(() => lab.stop());

/** The files of an export that are there. */
const filesThere = (): Promise<number> => lab.database.collection('export_files').countDocuments();

describe('the planning of an export', () => {
  it('goes on where it was when the replica that did it is killed', async () => {
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
    for (const type of ['AllergyIntolerance', 'Condition', 'Observation', 'Procedure'])
      expect((await lab.ask(`POST ${type}`, doctor, { body: exampleOf(type, patient) })).status).toBe(201);
    const app = await lab.caller('app', {});
    await lab.end();
    const doomed = await lab.spawn({ EXPORT_PAUSE_MS: '600000' });
    const there = exportCalls(lab.at(doomed.url));
    const place = there.placeOf(await there.kickOff(app));
    while ((await filesThere()) === 0) await pause(20);
    doomed.child.kill('SIGKILL');
    await once(doomed.child, 'exit');
    expect(await filesThere()).toBe(1);
    await lab.restart(() => ({}));
    const here = exportCalls(lab);
    const { output } = await here.manifest(app, place);
    expect(output.map(({ type }) => type)).toEqual([
      'AllergyIntolerance',
      'Condition',
      'Observation',
      'Procedure',
    ]);
    const resources: Body[] = [];
    for (const { url } of output) resources.push(...(await here.file(app, url)).resources);
    expect(resources).toHaveLength(4);
  });
});
