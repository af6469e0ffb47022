import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testSubject } from '@careplane/kit/testing';
import { openAccessScene } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { fhirContents } from '../../test/fhir-contents.ts';
import type { FhirAnswer } from '../../test/persons.ts';
import { definitions } from '../openapi.ts';

jest.setTimeout(60_000);

describe('a record about a patient who is not there', () => {
  let scene: AccessScene;
  beforeAll(async () => {
    scene = await openAccessScene();
  }, 120_000);
  afterAll(() => scene.ground.stop());

  /** Types whose records are about a patient, and are no patients. */
  const types = definitions
    .filter((definition) => {
      const { type } = definition;
      const [content] = [fhirContents({ patient: 'p', practitioner: 'd' })[type]];
      return (
        type !== 'Patient' && definition.attributes({ resourceType: type, ...content }).patient?.includes('p')
      );
    })
    .map(({ type }) => type);

  const create = (type: string, patient: string): Promise<FhirAnswer> =>
    scene.atIdentity(type === 'Consent' ? patient : 'admin', `POST ${type}`, {
      body: { resourceType: type, ...fhirContents({ patient, practitioner: 'd' })[type] },
    });

  it.each(types)('is not made: %s', async (type) => {
    expect(types.length).toBeGreaterThan(2);
    const nobody = randomUUID();
    const person = { type: 'Patient', id: nobody } as const;
    scene.ground.subjects[nobody] = testSubject({ id: 'n', role: 'patient', person });
    const refused = await create(type, nobody);
    expect([refused.status, refused.body]).toEqual([
      422,
      expect.objectContaining({ resourceType: 'OperationOutcome' }),
    ]);
    expect(JSON.stringify(refused.body)).toContain('unknown-patient');
    expect(
      await scene.ground.db.collection('data_keys').countDocuments({ subject: `Patient/${nobody}` }),
    ).toBe(0);
    expect((await create(type, await scene.newPatient())).status).toBe(201);
  });

  it('is not made of another one by an update', async () => {
    const made = await create('RelatedPerson', await scene.newPatient());
    const moved = await scene.atIdentity('admin', `PUT RelatedPerson/${String(made.body['id'])}`, {
      body: { ...made.body, patient: { reference: `Patient/${randomUUID()}` } },
      headers: { 'if-match': 'W/"1"' },
    });
    expect(moved.status).toBe(422);
  });
});
