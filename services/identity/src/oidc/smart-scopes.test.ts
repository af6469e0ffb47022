import { describe, expect, it } from '@jest/globals';
import { allowedScopes, covers, parseSmartScope } from './smart-scopes.ts';

const LAB =
  'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

describe('scopes of SMART 2', () => {
  it('are taken apart', () => {
    expect(parseSmartScope('patient/Appointment.rs')).toEqual({
      context: 'patient',
      type: 'Appointment',
      permissions: 'rs',
      query: [],
    });
    expect(parseSmartScope(LAB)?.query).toEqual([
      'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
    ]);
  });

  it.each([
    'patient/Appointment.sr',
    'patient/Appointment.',
    'patient/Appointment.read',
    'patient/appointment.rs',
    'doctor/Appointment.rs',
    'patient/Observation.rs?',
    'patient/Observation.rs?category',
    'patient/*.rs?a=b&',
    'patient/Appointment.rss',
  ])('are not %s', (text) => {
    expect(parseSmartScope(text)).toBeUndefined();
  });

  it.each([
    ['patient/*.cruds', 'patient/Appointment.rs', true],
    ['patient/*.rs', LAB, true],
    [LAB, LAB, true],
    [LAB, 'patient/Observation.rs', false],
    ['patient/Observation.r', 'patient/Observation.rs', false],
    ['patient/Appointment.rs', 'patient/*.rs', false],
    ['user/*.cruds', 'patient/Appointment.rs', false],
    ['openid', 'openid', true],
  ])('%s covers %s: %s', (allowed, asked, answer) => {
    expect(covers(allowed, asked)).toBe(answer);
  });

  it('are given as far as the app may have them, each once, and unknown ones not at all', () => {
    const allowed = ['openid', 'launch/patient', 'patient/*.rs'];
    const asked = [
      'openid',
      'openid',
      'patient/Appointment.rs',
      'patient/Appointment.c',
      'user/*.rs',
      'nonsense',
      '__proto__',
    ];
    expect(allowedScopes(asked, allowed)).toEqual(['openid', 'patient/Appointment.rs']);
    expect(allowedScopes(['nonsense'], ['nonsense'])).toEqual([]);
  });
});
