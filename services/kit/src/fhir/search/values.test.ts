import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Invalid } from '../../http/errors.ts';
import type { SearchParameter } from '../search.ts';
import { intervalOf, isFutureDate } from './dates.ts';
import { pairsOf, queryOf } from './pairs.ts';
import { parseSearch } from './parse.ts';
import type { ParsedSearch } from './parse.ts';

const PARAMETERS: Readonly<Record<string, SearchParameter>> = {
  name: { type: 'string', documentation: '', modifiers: ['exact', 'contains', 'missing'] },
  identifier: { type: 'token', documentation: '', modifiers: ['not'] },
  birthdate: { type: 'date', documentation: '', sortable: true },
  patient: { type: 'reference', documentation: '', targets: ['Patient'] },
  subject: { type: 'reference', documentation: '', targets: ['Patient', 'Group'] },
  score: { type: 'number', documentation: '' },
  url: { type: 'uri', documentation: '' },
};
const BASE = 'https://clinic.example/fhir/R4';

const parse = (query: string, isLenient = false): ParsedSearch =>
  parseSearch(pairsOf(query), { searchParameters: PARAMETERS, base: BASE, isLenient });
const valuesOf = (query: string): unknown => parse(query).filters.map(({ values }) => values);
const faultsOf = (query: string, isLenient = false): unknown => {
  try {
    parse(query, isLenient);
    return [];
  } catch (error) {
    return error instanceof Invalid
      ? (error.extensions['errors'] as { path: string }[]).map(({ path }) => path)
      : error;
  }
};

describe('search parameters', () => {
  it('are read by their types', () => {
    const cases: [string, unknown][] = [
      ['identifier=a', { type: 'token', code: 'a' }],
      ['identifier=s|a', { type: 'token', system: 's', code: 'a' }],
      ['identifier=|a', { type: 'token', system: '', code: 'a' }],
      ['identifier=s|', { type: 'token', system: 's' }],
      ['identifier=s|a%5C%7Cb', { type: 'token', system: 's', code: 'a|b' }],
      ['name=a%5C,b', { type: 'string', value: 'a,b' }],
      ['name=a%5C%5C', { type: 'string', value: 'a\\' }],
      ['patient=1', { type: 'reference', target: 'Patient', id: '1' }],
      ['subject=1', { type: 'reference', id: '1' }],
      ['subject=Group/1', { type: 'reference', target: 'Group', id: '1' }],
      ['subject:Group=1', { type: 'reference', target: 'Group', id: '1' }],
      [`subject=${BASE}/Patient/1`, { type: 'reference', target: 'Patient', id: '1' }],
      ['score=ge0.5', { type: 'number', comparison: 'ge', value: 0.5 }],
      ['url=http://a', { type: 'uri', value: 'http://a' }],
      [
        'birthdate=ge1957-03',
        { type: 'date', comparison: 'ge', start: Date.parse('1957-03-01'), end: Date.parse('1957-04-01') },
      ],
      [
        'birthdate=2026-01-01T10:00:00+02:00',
        {
          type: 'date',
          comparison: 'eq',
          start: Date.parse('2026-01-01T08:00:00Z'),
          end: Date.parse('2026-01-01T08:00:01Z'),
        },
      ],
    ];
    for (const [query, value] of cases) expect([query, valuesOf(query)]).toEqual([query, [[value]]]);
  });

  it('take a cursor of four long sort keys, and nothing without end', () => {
    expect(parse(`_cursor=${'a'.repeat(3000)}`).cursor).toHaveLength(3000);
    expect(faultsOf(`_cursor=${'a'.repeat(4097)}`)).toEqual(['_cursor']);
  });

  it('are any of the values between commas, and all of the parameters that are repeated', () => {
    expect(parse('name=a,b&name=c').filters).toEqual([
      {
        name: 'name',
        values: [
          { type: 'string', value: 'a' },
          { type: 'string', value: 'b' },
        ],
      },
      { name: 'name', values: [{ type: 'string', value: 'c' }] },
    ]);
  });

  it('take the modifiers that are served, and no others', () => {
    expect(
      parse('name:exact=a&identifier:not=b&name:missing=true').filters.map(({ modifier }) => modifier),
    ).toEqual(['exact', 'not', 'missing']);
    expect(faultsOf('identifier:exact=a&name:missing=maybe&patient:Group=1&name:exact:x=1')).toEqual([
      'http.identifier:exact',
      'http.name:missing',
      'http.patient:Group',
      'http.name:exact:x',
    ]);
  });

  it('are refused when they are unknown or no value of their type, unless the caller is lenient', () => {
    const query =
      'shoe=44&birthdate=2026-02-30&name=&identifier=|&patient=a/b/c&score=x&_count=-1&_sort=name&_has:a=1';
    const wrong = ['birthdate', 'name', 'identifier', 'patient', 'score', '_count', '_sort'].map(
      (name) => `http.${name}`,
    );
    expect(faultsOf(query)).toEqual(['http.shoe', ...wrong, 'http._has:a']);
    expect(faultsOf(query, true)).toEqual(wrong);
    expect(faultsOf('%E2%82=1')).toEqual(['http.query']);
    expect(faultsOf('Ana N%C3%BA%C3%B1ez=1')).toEqual(['http.query']);
    expect(faultsOf(Array.from({ length: 100 }, () => 'name=a').join('&'))).toEqual(['http.query']);
    expect(faultsOf('__proto__=1&constructor=1')).toEqual(['http.__proto__', 'http.constructor']);
  });

  it('say how the answer looks', () => {
    expect(
      parse('_count=5000&_sort=-birthdate,_id&_total=accurate&_summary=text&_include=Aa:b&_include=Aa:c:Dd'),
    ).toMatchObject({
      count: 100,
      sort: [
        { name: 'birthdate', descending: true },
        { name: '_id', descending: false },
      ],
      total: 'accurate',
      summary: 'text',
      includes: [
        { source: 'Aa', parameter: 'b' },
        { source: 'Aa', parameter: 'c', target: 'Dd' },
      ],
    });
  });

  it('end in values or in a refusal, whatever is sent, and links give back what was sent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(PARAMETERS), '_sort', '_include', 'x'),
        fc.string({ unit: 'binary' }),
        (name, value) => {
          const query = queryOf([{ name, value: value.toWellFormed() }]);
          expect(queryOf(pairsOf(query))).toBe(query);
          expect(Array.isArray(faultsOf(query))).toBe(true);
        },
      ),
    );
  });
});

describe('dates', () => {
  it('cover what their precision says, and exist', () => {
    const length = (text: string): number | undefined => {
      const interval = intervalOf(text);
      return interval && interval.end - interval.start;
    };
    expect(length('2024')).toBe(366 * 86_400_000);
    expect(length('2024-02')).toBe(29 * 86_400_000);
    expect(length('2024-02-29')).toBe(86_400_000);
    expect(length('2024-02-29T10:00')).toBe(60_000);
    expect(length('2024-02-29T10:00:00.5Z')).toBe(1);
    for (const none of [
      '0000',
      '2023-02-29',
      '2024-13',
      '2024-00',
      '2024-01-01T24:00',
      '2024-01-01T10:00+15:00',
      '24',
    ]) {
      expect([none, length(none)]).toEqual([none, undefined]);
    }
    expect(intervalOf('0001-01-01')?.start).toBe(Date.parse('0001-01-01T00:00:00Z'));
  });

  it('are in the future when they are so everywhere on earth', () => {
    const now = new Date('2026-12-31T11:00:00Z'); // already 2027 in UTC+14
    for (const date of ['2027', '2027-01', '2027-01-01']) expect(isFutureDate(date, now)).toBe(false);
    for (const date of ['2028', '2027-02', '2027-01-02']) expect(isFutureDate(date, now)).toBe(true);
  });
});
