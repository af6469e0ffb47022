import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Resource } from '@careplane/kit';
import { ask, startPersonGround } from '../../test/persons.ts';
import type { PersonGround, PersonServer } from '../../test/persons.ts';
import { practitionersByName } from './directory.ts';

let ground: PersonGround;
let server: PersonServer;

beforeAll(async () => {
  ground = await startPersonGround();
  server = await ground.start();
}, 120_000);
afterAll(async () => {
  await server.stop();
  await ground.stop();
});

async function made(resource: Resource): Promise<string> {
  const { status, body } = await ask(server.url, 'admin', `POST ${resource.resourceType}`, {
    body: resource,
  });
  expect([resource.resourceType, status]).toEqual([resource.resourceType, 201]);
  return String(body['id']);
}

it('names practitioners with the organizations they work for, and nothing else of them', async () => {
  const organization = await made({ resourceType: 'Organization', name: 'City Clinic' });
  const person = {
    resourceType: 'Practitioner',
    telecom: [{ system: 'email', value: 'ada@clinic.example' }],
  };
  const ada = await made({ ...person, name: [{ given: ['Ada', 'K.'], family: 'Byron' }] });
  const bob = await made({ ...person, name: [{ text: 'Dr. Bob' }] });
  const nameless = await made({ ...person });
  await made({
    resourceType: 'PractitionerRole',
    practitioner: { reference: `Practitioner/${ada}` },
    organization: { reference: `Organization/${organization}` },
  });
  expect(await practitionersByName(server.persons, [ada, bob, nameless, randomUUID()])).toEqual({
    [ada]: { name: 'Ada K. Byron', organizations: ['City Clinic'] },
    [bob]: { name: 'Dr. Bob', organizations: [] },
  });
  expect(await practitionersByName(server.persons, [])).toEqual({});
}, 60_000);
