import { describe, expect, it } from '@jest/globals';
import { birthdayEnd, endsUnknown } from './end.ts';

describe('the end of acting for a child', () => {
  const as = (code: string): { resourceType: string; relationship: object[] } => ({
    resourceType: 'RelatedPerson',
    relationship: [{ coding: [{ code }] }],
  });
  const born = (birthDate?: string): { resourceType: string; birthDate?: string } => ({
    resourceType: 'Patient',
    ...(birthDate === undefined ? {} : { birthDate }),
  });

  const of = (age: number, decidedAt = '2020-01-01'): { age: number; decidedAt: Date } => ({
    age,
    decidedAt: new Date(decidedAt),
  });

  it.each([
    ['a day', '2010-06-15', '2028-06-14T10:00:00.000Z'],
    ['a month', '2010-06', '2028-05-31T10:00:00.000Z'],
    ['a year', '2010', '2027-12-31T10:00:00.000Z'],
    ['29 February, before a common year', '2008-02-29', '2026-02-27T10:00:00.000Z'],
    ['28 February', '2008-02-28', '2026-02-27T10:00:00.000Z'],
    ['29 January', '2008-01-29', '2026-01-28T10:00:00.000Z'],
  ])('is the birthday as it begins in the earliest zone: %s', (_, birthDate, end) => {
    expect(birthdayEnd(as('MTH'), born(birthDate), of(18))).toBe(end);
  });

  it('is also that of who was named before the birthday, whatever the relationship is called', () => {
    const end = '2028-06-14T10:00:00.000Z';
    const words = { resourceType: 'RelatedPerson', relationship: [{ text: 'mother' }] };
    for (const related of [as('NPRN'), as('GRMTH'), words, { resourceType: 'RelatedPerson' }]) {
      expect(birthdayEnd(related, born('2010-06-15'), of(18))).toBe(end);
      expect(birthdayEnd(related, born('2010-06-15'), of(18, '2028-06-14T09:59:59.999Z'))).toBe(end);
      expect(birthdayEnd(related, born('2010-06-15'), of(18, end))).toBeUndefined();
    }
  });

  it('is none for who acts for an adult, and without a birth date', () => {
    expect(birthdayEnd(as('SPS'), born('1961-04-12'), of(18))).toBeUndefined();
    expect(birthdayEnd(as('MTH'), born('1961-04-12'), of(18))).toBe('1979-04-11T10:00:00.000Z');
    expect(birthdayEnd(as('GUARD'), born(), of(18))).toBeUndefined();
    expect(endsUnknown(as('GUARD'), born())).toBe(true);
    expect(endsUnknown(as('GUARD'), born('2010'))).toBe(false);
    expect(endsUnknown(as('SPS'), born())).toBe(false);
    expect(birthdayEnd(as('GUARD'), born('2010-06-15'), of(16))).toBe('2026-06-14T10:00:00.000Z');
  });
});
