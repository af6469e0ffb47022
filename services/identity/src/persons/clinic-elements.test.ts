import { describe, expect, it } from '@jest/globals';
import type { Subject } from '@careplane/access';
import { testSubject } from '@careplane/kit/testing';
import { dependsOnProxies, withClinicElements } from './clinic-elements.ts';

const stored = {
  resourceType: 'Patient',
  id: 'p',
  meta: { versionId: '1', lastUpdated: '2026-11-30T00:00:00Z' },
  identifier: [{ system: 'urn:mrn', value: '1' }],
  active: true,
  deceasedBoolean: false,
  birthDate: '2015-01-01',
};
const as = (role: Subject['role'], id: string): Subject =>
  testSubject({ role, person: { type: role === 'patient' ? 'Patient' : 'Practitioner', id } });
const refusalOf = (sent: object, subject: Subject, isActedFor = false): unknown => {
  try {
    withClinicElements(stored, { resourceType: 'Patient', ...sent }, subject, isActedFor);
    return undefined;
  } catch (error) {
    const { status, extensions } = error as { status: number; extensions: { errors: { path: string }[] } };
    return [status, ...extensions.errors.map(({ path }) => path)];
  }
};

describe('what a clinic says of a patient', () => {
  it('stays when the patient leaves it out, and the rest is theirs', () => {
    const sent = { resourceType: 'Patient', id: 'p', name: [{ text: 'x' }], birthDate: '2014-01-01' };
    expect(withClinicElements(stored, sent, as('patient', 'p'), false)).toEqual({
      ...sent,
      identifier: stored.identifier,
      active: true,
      deceasedBoolean: false,
    });
  });

  it.each<[string, object]>([
    ['Patient.identifier', { identifier: [{ system: 'urn:mrn', value: '2' }] }],
    ['Patient.active', { active: false }],
    ['Patient.active', { _active: { id: 'x' } }],
    ['Patient.deceasedBoolean', { deceasedBoolean: true }],
    ['Patient.deceasedBoolean', { _deceasedBoolean: { id: 'x' } }],
    ['Patient.deceasedDateTime', { deceasedDateTime: '2026-01-01' }],
    ['Patient.generalPractitioner', { generalPractitioner: [{ reference: 'Practitioner/d' }] }],
    ['Patient.managingOrganization', { managingOrganization: { reference: 'Organization/o' } }],
    ['Patient.link', { link: [{ other: { reference: 'Patient/q' }, type: 'seealso' }] }],
  ])('is not changed by the patient: %s', (path, change) => {
    expect(refusalOf(change, as('patient', 'p'))).toEqual([403, path]);
    expect(refusalOf(change, as('frontdesk', 'f'))).toBeUndefined();
  });

  it('and a birth date, of a child, is not changed by who acts for it', () => {
    expect(refusalOf({ birthDate: '2020-01-01' }, as('patient', 'mother'))).toEqual([
      403,
      'Patient.birthDate',
    ]);
    const left = { resourceType: 'Patient' };
    expect(withClinicElements(stored, left, as('patient', 'mother'), true)).toMatchObject({
      birthDate: '2015-01-01',
    });
  });

  it('and a birth date is not changed by the patient either while somebody acts for them', () => {
    const changed = { birthDate: '2000-01-01' };
    expect(refusalOf(changed, as('patient', 'p'), true)).toEqual([403, 'Patient.birthDate']);
    expect(refusalOf(changed, as('patient', 'p'))).toBeUndefined();
    expect(refusalOf(changed, as('frontdesk', 'f'), true)).toBeUndefined();
  });

  it('is asked of proxies only where patients change their own birth date', () => {
    const depends = (sent: object, subject: Subject): boolean =>
      dependsOnProxies(stored, { resourceType: 'Patient', ...sent }, subject);
    const own = as('patient', 'p');
    const kept = { birthDate: stored.birthDate };
    expect([depends(kept, own), depends({ ...kept, name: [{ text: 'x' }] }, own)]).toEqual([false, false]);
    expect([depends({}, own), depends({ birthDate: '2000' }, own)]).toEqual([true, true]);
    expect(depends({ ...kept, _birthDate: { id: 'x' } }, own)).toBe(true);
    expect([depends({}, as('patient', 'mother')), depends({}, as('frontdesk', 'f'))]).toEqual([false, false]);
  });
});
