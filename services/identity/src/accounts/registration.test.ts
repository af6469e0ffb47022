import { describe, expect, it } from '@jest/globals';
import { registrationForm } from './registration.ts';

describe('the form of a registration', () => {
  const FORM = {
    given: 'Ann',
    family: 'Lee',
    birthDate: '1961-04-12',
    gender: 'female',
    email: 'ann@mail.example',
    password: 'x',
  };
  const isTaken = (more: object): boolean => registrationForm.safeParse({ ...FORM, ...more }).success;

  it('takes names as a Patient does, and none that nobody sees or that misleads', () => {
    for (const given of ['Zoë', 'أحمد\u200e', '山田'])
      expect([given, isTaken({ given })]).toEqual([given, true]);
    for (const given of [
      '',
      ' ',
      '\u200b',
      '\u3164',
      '\u202egnp',
      'a\u2028b',
      'a\nb',
      '\ud800',
      'a'.repeat(101),
    ])
      expect([given, isTaken({ given })]).toEqual([given, false]);
  });

  it('takes birth dates until today, where it is first', () => {
    const inKiritimati = (days: number): string =>
      new Date(Date.now() + 14 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
    expect(
      [inKiritimati(0), inKiritimati(1), '1849-12-31', '2001-02-30'].map((birthDate) =>
        isTaken({ birthDate }),
      ),
    ).toEqual([true, false, false, false]);
  });
});
