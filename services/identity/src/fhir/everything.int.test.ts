import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { becomes, openAccessScene } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import type { FhirAnswer } from '../../test/persons.ts';

let scene: AccessScene;
let patient: string;

beforeAll(async () => {
  scene = await openAccessScene();
  patient = await scene.newPatient({ name: [{ family: 'Abc' }] });
  expect((await scene.consent(patient, {})).status).toBe(201);
  const body = { resourceType: 'RelatedPerson', patient: { reference: `Patient/${patient}` } };
  expect((await scene.atIdentity('frontdesk', 'POST RelatedPerson', { body })).status).toBe(201);
}, 120_000);
afterAll(() => scene.ground.stop());

const everything = (token: string, query = ''): Promise<FhirAnswer> =>
  scene.atIdentity(token, `GET Patient/${patient}/$everything${query}`);

interface Page {
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource: { readonly resourceType: string; readonly id: string } }[];
}

const typesOf = ({ body }: FhirAnswer): unknown =>
  (body as unknown as Page).entry?.map(({ resource }) => resource.resourceType).sort();
const nextOf = ({ body }: FhirAnswer): string | undefined =>
  (body as unknown as Page).link
    .find(({ relation }) => relation === 'next')
    ?.url.replace(/^.*\/fhir\/R4\//, '');

describe('Patient/[id]/$everything', () => {
  it('begins with what identity has, and leads to the service that follows', async () => {
    const answer = await everything(patient);
    expect([answer.status, typesOf(answer)]).toEqual([200, ['Consent', 'Patient', 'RelatedPerson']]);
    expect(nextOf(answer)).toBe(`Encounter/$everything?patient=${patient}&then=Appointment`);
    const some = await everything(patient, '?_type=Patient&_since=2020-01-01');
    expect([typesOf(some), nextOf(some)]).toEqual([
      ['Patient'],
      `Encounter/$everything?patient=${patient}&then=Appointment&_type=Patient&_since=2020-01-01`,
    ]);
  });

  it('is read page by page before it leads on', async () => {
    const types: unknown[] = [];
    let page = await everything(patient, '?_count=1');
    for (; nextOf(page)?.startsWith('Patient/') === true;) {
      types.push(typesOf(page));
      page = await scene.atIdentity(patient, `GET ${nextOf(page) ?? ''}`);
    }
    expect([...types, typesOf(page)].flat().sort()).toEqual(['Consent', 'Patient', 'RelatedPerson']);
    expect(nextOf(page)).toBe(`Encounter/$everything?patient=${patient}&then=Appointment&_count=1`);
  });

  it('is for who may see the patient; for all others there is none', async () => {
    const doctor = scene.newPractitioner();
    expect((await everything(doctor)).status).toBe(404);
    expect((await scene.atIdentity(patient, 'GET Patient/nobody/$everything')).status).toBe(404);
    expect((await everything('frontdesk')).status).toBe(403);
    await scene.book(patient, doctor);
    await becomes(200, () => everything(doctor));
  });
});
