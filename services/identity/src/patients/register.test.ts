import { describe, expect, it } from '@jest/globals';
import { loginKey, normalizeEmail } from '../accounts/login-key.ts';
import { consentsOf } from '../consents/read.ts';
import { mayReadPatient } from './access.ts';
import { registration } from './register.ts';

const patient = {
  name: [{ family: 'Q', given: ['W'] }],
  birthDate: '1961-04-12',
  gender: 'female',
  telecom: [{ system: 'email', value: 'w@mail.example' }],
  password: 'otter harbour lamp',
};

describe('a registration', () => {
  it('is a FHIR Patient with a password', () => {
    expect(registration.safeParse({ ...patient, resourceType: 'Patient' }).success).toBe(true);
  });

  it.each([
    ['a day that is none', { birthDate: '1961-02-30' }],
    ['a birth in the future', { birthDate: '2999-01-01' }],
    ['a short password', { password: 'short' }],
    ['a control character in a name', { name: [{ family: 'Q\u0000', given: ['W'] }] }],
    ['a field it does not know', { role: 'admin' }],
    ['an operator in place of text', { telecom: [{ system: 'email', value: { $gt: '' } }] }],
    [
      'one consent twice',
      {
        consents: [
          { scope: 'research', granted: true },
          { scope: 'research', granted: false },
        ],
      },
    ],
  ])('refuses %s', (_what, over) => {
    expect(registration.safeParse({ ...patient, ...over }).success).toBe(false);
  });
});

describe('accounts', () => {
  it('know one address in all its spellings by one key that shows nothing', () => {
    expect(normalizeEmail(' Ｗaltraud@Mail.Example ')).toBe('waltraud@mail.example');
    const key = loginKey(Buffer.alloc(32, 1), 'WALTRAUD@mail.example');
    expect(key).toBe(loginKey(Buffer.alloc(32, 1), 'waltraud@mail.example'));
    expect(key).not.toBe(loginKey(Buffer.alloc(32, 2), 'waltraud@mail.example'));
    expect(key).not.toContain('waltraud');
  });

  it('let a patient read themselves and nobody else; staff read all', () => {
    const as = (role: 'patient' | 'practitioner' | 'admin', sub: string) => () => {
      mayReadPatient({ sub, role, jti: 'j' }, 'p-1');
    };
    expect(as('patient', 'p-1')).not.toThrow();
    expect(as('patient', 'p-2')).toThrow();
    expect(as('practitioner', 'd-1')).not.toThrow();
    expect(as('admin', 'admin')).not.toThrow();
  });
});

describe('consents', () => {
  it('stand at their defaults until the patient says something', () => {
    const said = {
      _id: 'p|research',
      patientId: 'p',
      scope: 'research' as const,
      granted: true,
      version: 4,
      updatedAt: new Date(0),
    };
    expect(consentsOf([said])).toEqual([
      { scope: 'notifications.email', granted: true, version: 0 },
      { scope: 'research', granted: true, version: 4, updatedAt: '1970-01-01T00:00:00.000Z' },
    ]);
  });
});
