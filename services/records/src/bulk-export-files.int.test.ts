import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleOf } from '../test/examples.ts';
import { exportCalls } from '../test/export-calls.ts';
import type { ExportCalls } from '../test/export-calls.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Caller, RecordsLab } from '../test/records-lab.ts';

/** Rows of the file that is sent: so many pages that it is under way for a while. */
const ROWS = 1_200;
const ROWS_OF_BUNDLE = 100;

let lab: RecordsLab;
let calls: ExportCalls;
let app: Caller;
let place: string;
let file: string;

beforeAll(async () => {
  lab = await startRecordsLab();
  calls = exportCalls(lab);
  app = await lab.caller('app', {});
  const patient = lab.patient();
  const doctor = await lab.caller('practitioner', treating(patient));
  const entry = Array.from({ length: ROWS_OF_BUNDLE }, () => ({
    resource: exampleOf('Observation', patient),
    request: { method: 'POST', url: 'Observation' },
  }));
  const body = { resourceType: 'Bundle', type: 'transaction', entry };
  for (let rows = 0; rows < ROWS; rows += ROWS_OF_BUNDLE)
    expect((await lab.ask('POST /', doctor, { body })).status).toBe(200);
  place = calls.placeOf(await calls.kickOff(app));
  file = (await calls.manifest(app, place)).output[0]?.url ?? '';
}, 180_000);
afterAll(() => lab.stop());

/** The file, as another replica sends it. */
const askedOf = (url: string): Promise<Response> =>
  fetch(`${url}${new URL(file).pathname}`, {
    headers: { authorization: `Bearer ${app.token}`, 'accept-encoding': 'identity' },
  });
const linesIn = (text: string): number => text.split('\n').length - 1;

describe('a file of an export', () => {
  it('breaks off noticeably when its replica is killed, and comes whole when it is asked for again', async () => {
    const doomed = await lab.spawn({});
    const answer = await askedOf(doomed.url);
    const reader = answer.body?.getReader();
    expect([answer.status, (await reader?.read())?.done]).toEqual([200, false]);
    doomed.child.kill('SIGKILL');
    await once(doomed.child, 'exit');
    const rest = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    };
    await expect(rest()).rejects.toThrow();
    const again = await askedOf(lab.url());
    expect([again.status, linesIn(await again.text())]).toEqual([200, ROWS]);
  }, 60_000);

  it('waits for its turn, and says when to ask again, while two others are sent', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => askedOf(lab.url())));
    const [sent = [], refused = []] = [200, 429].map((one) => asked.filter(({ status }) => status === one));
    expect(sent.length + refused.length).toBe(asked.length);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(new Set(refused.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['1']));
    for (const answer of sent) expect(linesIn(await answer.text())).toBe(ROWS);
    await Promise.all(refused.map((answer) => answer.text()));
    // a turn that was given back is there for the next
    expect((await calls.file(app, file)).status).toBe(200);
  }, 60_000);

  it('is there no more when its export has expired', async () => {
    expect((await lab.ask(`GET ${place}`, app)).status).toBe(200);
    const past = { $set: { expiresAt: new Date(Date.now() - 1) } };
    await lab.database.collection('exports').updateMany({}, past);
    expect((await lab.ask(`GET ${place}`, app)).status).toBe(404);
    expect((await calls.file(app, file)).status).toBe(404);
  });
});
