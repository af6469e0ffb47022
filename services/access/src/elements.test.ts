import { describe, expect, it } from '@jest/globals';
import { hiddenParameters, keepElements, withoutElements } from './elements.ts';
import { RULES } from './rules.ts';

const email = { system: 'email', value: 'log-in@x.example' };
const phone = { system: 'phone', value: '1' };
const doctor = {
  resourceType: 'Practitioner',
  id: 'd1',
  text: { status: 'generated', div: '<div>log-in@x.example</div>' },
  telecom: [email, phone],
  birthDate: '1970-01-01',
  _birthDate: { extension: [] },
};
const WITHOUT = ["Practitioner.telecom.where(system='email')", 'Practitioner.birthDate', 'Patient.name'];

describe('elements that are not shown', () => {
  it('are taken out, with what may repeat them, and nothing else', () => {
    const before = structuredClone(doctor);
    expect(withoutElements(doctor, WITHOUT)).toEqual({
      resourceType: 'Practitioner',
      id: 'd1',
      telecom: [phone],
    });
    expect(doctor).toEqual(before);
    expect(withoutElements({ ...doctor, telecom: [email] }, WITHOUT)).toEqual({
      resourceType: 'Practitioner',
      id: 'd1',
    });
    expect(withoutElements({ ...doctor, telecom: undefined }, WITHOUT)).not.toHaveProperty('telecom');
    expect(withoutElements({ ...doctor, telecom: [null, phone] }, WITHOUT)).toMatchObject({
      telecom: [null, phone],
    });
  });

  it('of another type, or none, leave a resource as it is', () => {
    expect(withoutElements(doctor, ['Patient.name'])).toBe(doctor);
    expect(withoutElements(doctor, [])).toBe(doctor);
  });

  it('stay as they are stored when somebody writes who is not shown them', () => {
    const sent = {
      resourceType: 'Practitioner',
      id: 'd1',
      telecom: [
        { system: 'sms', value: '2' },
        { system: 'email', value: 'mine@x.example' },
      ],
      birthDate: '2000-01-01',
      name: [],
    };
    expect(keepElements(doctor, sent, WITHOUT)).toEqual({
      resourceType: 'Practitioner',
      id: 'd1',
      telecom: [{ system: 'sms', value: '2' }, email],
      birthDate: '1970-01-01',
      _birthDate: { extension: [] },
      name: [],
    });
    const bare = { resourceType: 'Practitioner', id: 'd1' };
    expect(keepElements(bare, { ...sent, telecom: [email] }, WITHOUT)).toEqual({
      resourceType: 'Practitioner',
      id: 'd1',
      name: [],
    });
    expect(keepElements(doctor, sent, ['Patient.name'])).toEqual(sent);
  });

  it('cannot be searched by', () => {
    expect(hiddenParameters('Practitioner', WITHOUT)).toEqual([
      'telecom',
      'email',
      'phone',
      'birthdate',
      '_text',
      '_content',
    ]);
    expect(hiddenParameters('Patient', WITHOUT)).toEqual(['_text', '_content']);
    expect(hiddenParameters('Patient', ['Patient.address'])).toEqual([
      'address',
      'address-city',
      'address-country',
      'address-postalcode',
      'address-state',
      'address-use',
      '_text',
      '_content',
    ]);
    expect(hiddenParameters('Slot', WITHOUT)).toEqual([]);
    const reasons = [
      'Appointment.reasonCode',
      'Appointment.reasonReference',
      'Appointment.supportingInformation',
    ];
    expect(hiddenParameters('Appointment', reasons).slice(0, 3)).toEqual([
      'reason-code',
      'reason-reference',
      'supporting-info',
    ]);
  });

  it.each([
    'telecom',
    'Practitioner',
    'practitioner.telecom',
    'Practitioner.telecom.value',
    'x Practitioner.telecom',
    'Practitioner.telecom y',
  ])('are written in one way: %s is refused', (entry) => {
    expect(() => withoutElements(doctor, [entry])).toThrow(`no element: ${entry}`);
  });

  it('are written right in the table, each of the type that it is for', () => {
    for (const [type, { roles }] of Object.entries(RULES)) {
      for (const { without = [] } of Object.values(roles)) {
        expect(() => withoutElements({ resourceType: type }, without)).not.toThrow();
        expect(without.filter((entry) => !entry.startsWith(`${type}.`))).toEqual([]);
      }
    }
  });
});
