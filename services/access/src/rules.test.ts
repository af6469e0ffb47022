import { describe, expect, it } from '@jest/globals';
import type { Action } from './action.ts';
import { ACTORS, EXPECTED } from './fixtures/expected.ts';
import { compare, LETTERS } from './fixtures/matrix.ts';
import { doctor, lab, staff } from './fixtures/subjects.ts';
import { defaultPurpose, PURPOSES_OF, purposesFor } from './purposes.ts';
import { isRead, needsFacts, RULES } from './rules.ts';

const TYPES = [...Object.keys(RULES), 'Group'];
const ACTIONS = [...Object.keys(LETTERS), '$unknown'] as Action[];

describe('the matrix of types, actions, roles, scopes, consents and relations', () => {
  it('is decided in every case as the table says that was written beside the rules', () => {
    const interactions = TYPES.flatMap((type) => ACTIONS.map((action) => ({ type, action })));
    const { cases, differences } = compare(interactions);
    expect(differences.slice(0, 10)).toEqual([]);
    expect(cases).toBeGreaterThan(100_000);
  });

  it('has a line for everything that a rule grants', () => {
    for (const [type, { roles }] of Object.entries(RULES)) {
      const granted = Object.values(roles).flatMap(({ read, create, update, operations }) =>
        Object.entries({ read, create, update, ...operations }).filter(([, grants]) => grants?.length),
      );
      for (const [action] of granted) expect(EXPECTED.has(`${type} ${action}`)).toBe(true);
    }
    expect([...EXPECTED.values()].every((cells) => ACTORS.some((actor) => cells[actor].length > 0))).toBe(
      true,
    );
  });
});

describe('what is not shown', () => {
  const withoutOf = (type: string, role: keyof (typeof RULES)[string]['roles']): readonly string[] =>
    RULES[type]?.roles[role]?.without ?? [];

  it('to patients and apps: what staff log in with, and staff’s own affairs', () => {
    for (const role of ['patient', 'app'] as const) {
      expect(withoutOf('Practitioner', role)).toEqual([
        "Practitioner.telecom.where(system='email')",
        'Practitioner.address',
        'Practitioner.birthDate',
      ]);
      expect(withoutOf('PractitionerRole', role)).toEqual(["PractitionerRole.telecom.where(system='email')"]);
      expect([withoutOf('Schedule', role), withoutOf('Slot', role)]).toEqual([
        ['Schedule.comment'],
        ['Slot.comment'],
      ]);
    }
    expect(withoutOf('Appointment', 'patient')).toEqual(['Appointment.comment']);
  });

  it('to front desk and administrators: why somebody comes', () => {
    for (const role of ['frontdesk', 'admin'] as const) {
      expect(withoutOf('Appointment', role)).toEqual([
        'Appointment.reasonCode',
        'Appointment.reasonReference',
        'Appointment.supportingInformation',
        'Appointment.patientInstruction',
      ]);
    }
  });

  it('to compliance: how to reach a patient', () => {
    expect(withoutOf('Patient', 'compliance')).toEqual([
      'Patient.telecom',
      'Patient.address',
      'Patient.photo',
      'Patient.contact',
    ]);
  });

  it('to nobody else', () => {
    const hiding = Object.entries(RULES).flatMap(([type, { roles }]) =>
      Object.entries(roles)
        .filter(([, { without = [] }]) => without.length > 0)
        .map(([role]) => `${type} ${role}`),
    );
    expect(hiding.sort()).toEqual(
      [
        'Appointment admin',
        'Appointment frontdesk',
        'Appointment patient',
        'Patient compliance',
        'Practitioner app',
        'Practitioner patient',
        'PractitionerRole app',
        'PractitionerRole patient',
        'Schedule app',
        'Schedule patient',
        'Slot app',
        'Slot patient',
      ].sort(),
    );
  });
});

describe('the rest of the rules', () => {
  it('says what who uses data for, an emergency being a practitioner’s only', () => {
    expect(PURPOSES_OF).toEqual({
      patient: ['PATRQT', 'FAMRQT'],
      practitioner: ['TREAT', 'HOPERAT', 'HRESCH', 'BTG'],
      frontdesk: ['HOPERAT', 'HPAYMT'],
      compliance: ['HOPERAT'],
      admin: ['HOPERAT'],
      app: ['HOPERAT', 'TREAT', 'HPAYMT', 'PATRQT', 'HRESCH', 'PUBHLTH'],
    });
    expect([defaultPurpose({ role: 'patient' }), defaultPurpose(doctor)]).toEqual(['PATRQT', 'TREAT']);
    expect(defaultPurpose({ role: 'app', purposes: ['PUBHLTH', 'TREAT'] })).toBe('TREAT');
    expect(defaultPurpose({ role: 'app', purposes: ['BTG'] })).toBe('HOPERAT');
    expect(purposesFor({ role: 'app', purposes: ['BTG', 'TREAT'] })).toEqual(['TREAT']);
    expect(purposesFor({ role: 'app' })).toEqual(['HOPERAT']);
  });

  it('knows what only shows', () => {
    expect(ACTIONS.filter(isRead)).toEqual([
      'read',
      'vread',
      'history',
      'search',
      '$everything',
      '$emergency-access',
      '$erasures',
    ]);
  });

  it('asks for facts where relations or consents count, and nowhere else', () => {
    expect(needsFacts(doctor, 'read', 'Observation')).toBe(true);
    expect(needsFacts(doctor, 'read', 'Appointment')).toBe(true);
    expect(needsFacts(doctor, 'create', 'Appointment')).toBe(false);
    expect(needsFacts(doctor, 'read', 'Organization')).toBe(false);
    expect(needsFacts(lab, 'read', 'Observation')).toBe(true);
    expect(needsFacts(staff('frontdesk'), 'read', 'Patient')).toBe(false);
    expect(needsFacts(staff('frontdesk'), 'read', 'Observation')).toBe(false);
    expect(needsFacts(doctor, 'read', 'Unknown')).toBe(false);
    expect(needsFacts(doctor, 'read', 'constructor')).toBe(false);
  });
});
