import { describe, expect, it } from '@jest/globals';
import { ALL, NONE, satisfies } from './attributes.ts';
import type { Constraint } from './attributes.ts';
import { allOf, anyOf, noneOf, oneOf, onlyOf } from './constraint.ts';

describe('constraints', () => {
  const visit = { patient: ['p1', 'p2'], practitioner: ['d1'] };
  const none = {};

  it.each<[string, Constraint, boolean, boolean]>([
    ['all', ALL, true, true],
    ['none', NONE, false, false],
    ['one of its values', oneOf('patient', ['p2', 'p9']), true, false],
    ['no value of it', oneOf('patient', ['p9']), false, false],
    ['none of its values', noneOf('patient', ['p9']), true, true],
    ['one value that must not be', noneOf('patient', ['p1']), false, true],
    ['only its values', onlyOf('patient', ['p1', 'p2', 'p3']), true, false],
    ['only one of its values', onlyOf('patient', ['p1']), false, false],
    ['only, or nothing', { kind: 'only', attribute: 'patient', values: ['p1'] }, false, true],
    ['both', allOf([oneOf('patient', ['p1']), oneOf('practitioner', ['d1'])]), true, false],
    [
      'both, of which one fails',
      allOf([oneOf('patient', ['p1']), oneOf('practitioner', ['x'])]),
      false,
      false,
    ],
    ['one of two', anyOf([oneOf('patient', ['x']), oneOf('practitioner', ['d1'])]), true, false],
    ['neither of two', anyOf([oneOf('patient', ['x']), oneOf('practitioner', ['x'])]), false, false],
  ])('judge: %s', (_, constraint, ofVisit, ofNone) => {
    expect([satisfies(constraint, visit), satisfies(constraint, none)]).toEqual([ofVisit, ofNone]);
  });

  it('are simplified, so that a query has no part that says nothing', () => {
    const one = oneOf('id', ['1']);
    const other = oneOf('id', ['2']);
    expect([oneOf('id', []), noneOf('id', []), onlyOf('id', [])]).toEqual([NONE, ALL, NONE]);
    expect([allOf([]), allOf([ALL, one, ALL]), allOf([one, NONE])]).toEqual([ALL, one, NONE]);
    expect([anyOf([]), anyOf([NONE, one, NONE]), anyOf([one, ALL])]).toEqual([NONE, one, ALL]);
    expect(allOf([one, other])).toEqual({ kind: 'and', of: [one, other] });
    expect(anyOf([one, other])).toEqual({ kind: 'or', of: [one, other] });
  });
});
