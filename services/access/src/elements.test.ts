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

  it('are taken out of resources within', () => {
    const shown = { resourceType: 'Practitioner', id: 'd1', telecom: [phone] };
    const bundle = { resourceType: 'Bundle', entry: [{ resource: doctor }, { resource: null }], total: 1 };
    expect(withoutElements(bundle, WITHOUT)).toEqual({
      resourceType: 'Bundle',
      entry: [{ resource: shown }, { resource: null }],
      total: 1,
    });
  });

  it('of another type, or none, leave a resource as it is', () => {
    expect(withoutElements(doctor, ['Patient.name'])).toEqual(doctor);
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

  describe('of a writer who was not shown them', () => {
    const shown = { resourceType: 'Practitioner', id: 'd1', telecom: [phone] };
    const written = { ...doctor, text: { status: 'additional', div: '<div>Calls back at noon.</div>' } };

    it('the narrative stays when none is sent, and gives way to one that is', () => {
      expect(keepElements(written, shown, WITHOUT)).toEqual({ ...written, telecom: [phone, email] });
      const text = { status: 'additional', div: '<div>Calls back at one.</div>' };
      expect(keepElements(written, { ...shown, text }, WITHOUT)).toMatchObject({ text });
      expect(keepElements(written, shown, ['Patient.name'])).not.toHaveProperty('text');
      expect(keepElements({ ...shown, birthDate: '1970' }, shown, WITHOUT)).not.toHaveProperty('text');
    });

    it('a narrative that was generated stays with what it was generated from, and not beside anything else', () => {
      const meta = { versionId: '2', lastUpdated: '2026-01-01T00:00:00Z' };
      expect(keepElements({ ...doctor, meta }, shown, WITHOUT)).toMatchObject({ text: doctor.text });
      const moved = { ...shown, telecom: [{ system: 'phone', value: '2' }] };
      expect(keepElements({ ...doctor, meta }, moved, WITHOUT)).not.toHaveProperty('text');
    });

    it('what contained resources hide stays with each, and is added to none', () => {
      const role = {
        resourceType: 'PractitionerRole',
        id: 'r1',
        contained: [doctor, { ...doctor, id: 'd2' }],
      };
      const sent = {
        resourceType: 'PractitionerRole',
        id: 'r1',
        contained: [
          { resourceType: 'Practitioner', id: 'd2', telecom: [{ system: 'phone', value: '3' }] },
          { resourceType: 'Practitioner', id: 'd3', telecom: [email, phone] },
          { resourceType: 'Location', id: 'd1' },
        ],
      };
      expect(keepElements(role, sent, WITHOUT)).toEqual({
        ...sent,
        contained: [
          {
            resourceType: 'Practitioner',
            id: 'd2',
            telecom: [{ system: 'phone', value: '3' }, email],
            birthDate: '1970-01-01',
            _birthDate: { extension: [] },
          },
          { resourceType: 'Practitioner', id: 'd3', telecom: [phone] },
          { resourceType: 'Location', id: 'd1' },
        ],
      });
      expect(keepElements(role, { resourceType: 'PractitionerRole', id: 'r1' }, WITHOUT)).toEqual({
        resourceType: 'PractitionerRole',
        id: 'r1',
      });
      expect(keepElements({ resourceType: 'PractitionerRole' }, sent, WITHOUT)).toMatchObject({
        contained: [{ telecom: [{ value: '3' }] }, { telecom: [phone] }, {}],
      });
    });

    it('loses nothing when it writes back what it was shown', () => {
      const role = { resourceType: 'PractitionerRole', id: 'r1', contained: [written] };
      expect(keepElements(role, withoutElements(role, WITHOUT), WITHOUT)).toEqual({
        ...role,
        contained: [{ ...written, telecom: [phone, email] }],
      });
    });
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
