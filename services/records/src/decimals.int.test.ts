import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { exampleOf } from '../test/examples.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Caller, RecordsLab } from '../test/records-lab.ts';

let lab: RecordsLab;
let patient: Caller;
let doctor: Caller;

beforeAll(async () => {
  lab = await startRecordsLab();
  patient = await lab.caller('patient');
  doctor = await lab.caller('practitioner', treating(patient.id));
}, 120_000);
afterAll(() => lab.stop());

/** JavaScript has no number 1.10: bodies and answers are texts here. */
async function send(method: string, path: string, body?: string, headers = {}): Promise<string> {
  const answer = await fetch(`${lab.url()}/fhir/R4${path}`, {
    method,
    headers: {
      authorization: `Bearer ${doctor.token}`,
      'content-type': 'application/fhir+json',
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.ok).toBe(true);
  return answer.text();
}

const exact = (text: string): number => text.split('"value":1.10,').length - 1;

it('an Observation has the precision of its value in every answer: 1.10 was measured to the hundredth', async () => {
  const quantity = { unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' };
  const example = { ...exampleOf('Observation', patient.id), valueQuantity: { value: 0, ...quantity } };
  const observation = (more: object = {}): string =>
    JSON.stringify({ ...example, ...more }).replace('"value":0,', '"value":1.10,');
  const made = await send('POST', '/Observation', observation());
  const { id } = JSON.parse(made) as { id: string };
  for (const type of ['transaction', 'batch'])
    await send(
      'POST',
      '',
      `{"resourceType":"Bundle","type":"${type}","entry":[{"request":{"method":"POST","url":"Observation"},"resource":${observation()}}]}`,
    );
  expect(exact(made)).toBe(1);
  expect(exact(await send('GET', `/Observation/${id}`))).toBe(1);
  expect(exact(await send('GET', `/Observation/${id}/_history`))).toBe(1);
  expect(exact(await send('GET', `/Observation?patient=${patient.id}`))).toBe(3);
  // sent again as it was, it makes no version that says less
  const again = await send('PUT', `/Observation/${id}`, observation({ id, language: 'en' }), {
    'if-match': 'W/"1"',
  });
  expect(exact(again)).toBe(1);
});
