import { describe, expect, it } from '@jest/globals';
import { codesAt, identifiersAt, intervalAt, literalsAt } from './elements.ts';

const LOINC = 'http://loinc.org';
const resource = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: LOINC, code: '85354-9' }, { code: 'bp' }], text: 'Blood pressure' },
  class: { system: 'urn:class', code: 'AMB' },
  component: [{ code: { coding: [{ system: LOINC, code: '8480-6' }] } }, { code: { text: 'no coding' } }],
  category: ['food', 'biologic'],
  identifier: [{ system: 'urn:a', value: '1' }, { system: 'urn:b' }],
  encounter: { reference: 'Encounter/e' },
  author: [{ reference: 'urn:uuid:x' }, { identifier: { value: '7' } }, { reference: 'Device/d' }],
  effectivePeriod: { start: '2024-06', end: '2024-07-02' },
  onset: ['2020', '2022-03-01'],
  open: { start: '2024-06-07T10:00:00Z' },
  until: { end: '2024' },
  none: { extension: [] },
};
const dayOf = (date: Date | undefined): string | undefined => date?.toISOString().slice(0, 10);

describe('the values that a resource is found by', () => {
  it('are the codes of CodeableConcepts, Codings and plain codes, through lists', () => {
    expect(codesAt(resource, ['code', 'component.code'])).toEqual([
      { system: LOINC, code: '85354-9' },
      { code: 'bp' },
      { system: LOINC, code: '8480-6' },
    ]);
    expect(codesAt(resource, ['status', 'class', 'category', 'absent'])).toEqual([
      { code: 'final' },
      { system: 'urn:class', code: 'AMB' },
      { code: 'food' },
      { code: 'biologic' },
    ]);
  });

  it('are identifiers with a value, and literal references', () => {
    expect(identifiersAt(resource, ['identifier'])).toEqual([{ system: 'urn:a', value: '1' }]);
    expect(literalsAt(resource, ['encounter', 'author'])).toEqual([
      { type: 'Encounter', id: 'e' },
      { type: 'Device', id: 'd' },
    ]);
  });
});

describe('the stretch of time of a resource', () => {
  it('covers partial dates and Periods as far as their precision says', () => {
    const { start, end } = intervalAt(resource, ['effectivePeriod']) ?? {};
    expect([dayOf(start), dayOf(end)]).toEqual(['2024-06-01', '2024-07-03']);
  });

  it('covers all of several dates', () => {
    const { start, end } = intervalAt(resource, ['onset']) ?? {};
    expect([dayOf(start), dayOf(end)]).toEqual(['2020-01-01', '2022-03-02']);
  });

  it('is open where a Period has no end, and begins before all dates where it has no start', () => {
    expect(intervalAt(resource, ['open'])).toEqual({ start: new Date('2024-06-07T10:00:00Z') });
    expect(dayOf(intervalAt(resource, ['until'])?.start)).toBe('0001-01-01');
  });

  it('is absent where there is no date', () => {
    expect(intervalAt(resource, ['none', 'absent'])).toBeUndefined();
  });
});
