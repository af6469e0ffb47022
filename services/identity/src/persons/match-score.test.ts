import { describe, expect, it } from '@jest/globals';
import { matchScore } from './match-score.ts';

const patient = (over: object = {}) => ({
  resourceType: 'Patient',
  name: [{ family: 'Quellenbusch', given: ['Waltraud'] }],
  birthDate: '1957-03-12',
  gender: 'female',
  ...over,
});
const grade = (a: object, b: object): string => matchScore(patient(a), patient(b)).grade;

describe('two descriptions of a patient', () => {
  it.each([
    ['that agree in name, birth and gender', {}, {}, 'certain'],
    [
      'that share an identifier, too, and a changed family name',
      { identifier: [{ system: 's', value: '1' }] },
      { identifier: [{ system: 's', value: '1' }], name: [{ family: 'Nachtweih', given: ['Waltraud'] }] },
      'certain',
    ],
    [
      'with a typing error in the name',
      {},
      { name: [{ family: 'Quelenbusch', given: ['Waltraud'] }] },
      'certain',
    ],
    ['with day and month exchanged', {}, { birthDate: '1957-12-03' }, 'probable'],
    ['with another birth date', {}, { birthDate: '1988-07-01' }, 'possible'],
    ['with a year of birth only', {}, { birthDate: '1957' }, 'possible'],
    ['of twins', {}, { name: [{ family: 'Quellenbusch', given: ['Ottokar'] }], gender: 'male' }, 'possible'],
    [
      'that share nothing',
      {},
      { name: [{ family: 'Nachtweih', given: ['Ilse'] }], birthDate: '1988-07-01' },
      'certainly-not',
    ],
    ['of which one says nothing', {}, { name: [], birthDate: undefined, gender: 'unknown' }, 'certainly-not'],
  ])('%s', (_what, a, b, expected) => {
    expect(grade(a, b)).toBe(expected);
    expect(grade(b, a)).toBe(expected);
  });

  it('score between 0 and 1, higher the more they agree', () => {
    const scores = [
      matchScore(patient(), patient()),
      matchScore(patient(), patient({ birthDate: '1957-12-03' })),
      matchScore(patient(), patient({ birthDate: '1988-01-01' })),
      matchScore(patient(), patient({ birthDate: '1988-01-01', name: [{ family: 'N' }], gender: 'male' })),
    ].map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(Math.max(...scores)).toBeLessThanOrEqual(1);
    expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
  });

  it('are compared in bounded time, whatever was sent', () => {
    const long = patient({
      name: Array.from({ length: 500 }, () => ({ family: 'x'.repeat(5_000), given: ['y'] })),
    });
    const began = performance.now();
    matchScore(long, long);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
