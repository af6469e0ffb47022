import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openAccessScene } from '../../test/access-scene.ts';
import type { AccessScene } from '../../test/access-scene.ts';
import { MRN } from '../../test/persons.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { createPatientsOf } from '../oidc/patients-of.ts';
import type { PatientsOf } from '../oidc/patients-of.ts';
import { patientDirectory } from '../persons/patient-directory.ts';
import { areFindable, relatedPatients } from './related-patients.ts';

jest.setTimeout(60_000);

describe('whom somebody may choose for an app', () => {
  let scene: AccessScene;
  let patients: PatientsOf;
  beforeAll(async () => {
    scene = await openAccessScene();
    const { facts } = scene.ground;
    patients = createPatientsOf({
      patients: patientDirectory(facts.persons),
      related: (account) => relatedPatients(facts, account),
      findable: (account, found) => areFindable(facts, account, found),
    });
  }, 120_000);
  afterAll(() => scene.ground.stop());

  const account = (role: AccountRecord['role'], id?: string): AccountRecord => ({
    _id: 'a',
    role,
    loginKey: 'x',
    createdAt: new Date(),
    person: id === undefined ? null : { type: role === 'patient' ? 'Patient' : 'Practitioner', id },
  });

  it('is for a practitioner who they treat, by id or number, unless a consent says no', async () => {
    const value = randomUUID();
    const identifier = [{ system: MRN, value }];
    const ann = await scene.newPatient({ identifier, name: [{ text: 'Ann' }] });
    const doc = scene.newPractitioner();
    const find = async (text: string): Promise<unknown> => patients.find(account('practitioner', doc), text);
    expect([await find(ann), await find(value)]).toEqual([undefined, undefined]);
    await scene.book(ann, doc);
    expect([await find(ann), await find(value)]).toEqual([
      { id: ann, label: 'Ann' },
      { id: ann, label: 'Ann' },
    ]);
    await scene.consent(ann, { provision: { type: 'deny' } });
    expect([await find(ann), await find(value)]).toEqual([undefined, undefined]);
    expect(await patients.choices(account('practitioner', doc))).toEqual([]);
  });

  it('asks for the facts of who may be meant, and of no other patient of the practice', async () => {
    const value = randomUUID();
    const ann = await scene.newPatient({ identifier: [{ system: MRN, value }] });
    const doc = scene.newPractitioner();
    await scene.book(ann, doc);
    for (let others = 0; others < 5; others += 1) await scene.book(await scene.newPatient(), doc);
    const asked = jest.spyOn(scene.ground.facts.consents, 'ofPatient');
    expect(await patients.find(account('practitioner', doc), value)).toMatchObject({ id: ann });
    expect(asked.mock.calls.map(([id]) => id)).toEqual([ann]);
    asked.mockRestore();
    expect(await patients.choices(account('practitioner', doc))).toHaveLength(6);
  });

  it('is for the front desk anybody, and for a patient nobody else', async () => {
    const [ann, bob] = [await scene.newPatient(), await scene.newPatient()];
    expect(await patients.find(account('frontdesk'), ann)).toMatchObject({ id: ann });
    expect(await patients.find(account('patient', bob), ann)).toBeUndefined();
    expect(await patients.find(account('practitioner'), ann)).toBeUndefined();
  });
});
