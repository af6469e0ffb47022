import { describe, expect, it } from '@jest/globals';
import { BlindIndex } from './blind-index.ts';
import type { Term } from './blind-index.ts';
import { dateTerms, partialTermsAround, withinTerms } from './date-terms.ts';
import { normalise, normaliseEmail, normalisePhone, spellings } from './normalise.ts';
import {
  exactTerm,
  identifierTerms,
  startsWithTerms,
  telecomTerm,
  textTerms,
  tokenTerm,
} from './text-terms.ts';

const index = new BlindIndex(['a lookup key']);
const hex = (terms: readonly Term[], of = index): string[] =>
  of.tokens(terms).map((token) => token.toString('hex'));
/** Whether a record with these terms is found by one of those. */
const finds = (stored: readonly Term[], asked: readonly Term[]): boolean => {
  const has = new Set(hex(stored));
  return hex(asked).some((token) => has.has(token));
};

describe('normalised text', () => {
  it.each([
    ['Müller', 'muller'],
    ['STRAẞE', 'strasse'],
    ['Straße', 'strasse'],
    ["O'Brien", 'obrien'],
    ['O’Brien', 'obrien'],
    ['Meyer-Schmidt', 'meyer schmidt'],
    ['  José \u00a0 María ', 'jose maria'],
    ['Ångström', 'angstrom'],
    ['Łukasz', 'lukasz'],
    ['Ｗａｌ', 'wal'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['İstanbul', 'istanbul'],
    ['王小明', '王小明'],
    ['हिन्दी', 'हिन्दी'],
    ['が', 'が'],
    ['---', ''],
  ])('of %s is %s', (text, form) => {
    expect(normalise(text)).toBe(form);
  });

  it('is the same however the text is composed', () => {
    for (const text of ['Müller', 'José', 'Ångström', 'Đặng']) {
      expect(normalise(text.normalize('NFD'))).toBe(normalise(text.normalize('NFC')));
    }
    expect(spellings('Müller')).toEqual(['muller', 'mueller']);
  });

  it('of addresses and numbers knows the ways to write them', () => {
    expect(normaliseEmail(' W.Quelle@Mail.Example ')).toBe('w.quelle@mail.example');
    const same = ['+49 30 123-45', '0049 (30) 12345', '+49 (0)30 12345', '＋49 30 12345'];
    expect(new Set(same.map(normalisePhone))).toEqual(new Set(['+493012345']));
    expect(normalisePhone('(030) 123 45')).toBe('03012345');
  });
});

describe('names', () => {
  const stored = textTerms('Patient.family', ['von Quellenbusch-Müller']);

  it.each(['v', 'von', 'VON QUELL', 'quellen', 'Quellenbusch', 'müll', 'mull', 'muell', 'Mueller'])(
    'are found by their beginning %s',
    (text) => {
      expect(finds(stored, startsWithTerms('Patient.family', text))).toBe(true);
    },
  );

  it.each(['usch', 'on', 'Quelle nbusch', 'x'])('are not found by %s', (text) => {
    expect(finds(stored, startsWithTerms('Patient.family', text))).toBe(false);
  });

  it('are found exactly with case and accents only', () => {
    expect(finds(stored, [exactTerm('Patient.family', 'von Quellenbusch-Müller')])).toBe(true);
    expect(finds(stored, [exactTerm('Patient.family', 'von quellenbusch-müller')])).toBe(false);
  });

  it('of any number and length make a bounded number of terms', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `${String(at)} ${'x'.repeat(1_000)}`);
    expect(textTerms('f', many).filter(([, kind]) => kind === 'prefix').length).toBeLessThanOrEqual(400);
    expect(startsWithTerms('f', '-')).toEqual([]);
    expect(finds(textTerms('f', ['𝒜lice 😀']), startsWithTerms('f', '😀'))).toBe(false);
  });
});

describe('dates', () => {
  const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
  const within = (date: string, from: string, to: string): boolean =>
    finds(dateTerms('d', date), withinTerms('d', day(from), day(to)));

  it('are found by the day, month and year that contain all of them', () => {
    expect(within('1957-03-12', '1957-03-12', '1957-03-13')).toBe(true);
    expect(within('1957-03-12', '1957-03-01', '1957-04-01')).toBe(true);
    expect(within('1957-03', '1957-01-01', '1958-01-01')).toBe(true);
    expect(within('1957-03', '1957-03-12', '1957-03-13')).toBe(false);
    expect(within('1957', '1957-03-01', '1957-04-01')).toBe(false);
  });

  it('lie in a range exactly when both ends say so, whatever the range', () => {
    const dates = [
      '0001-01-01',
      '1899-12-31',
      '1900-01-01',
      '1957-02-28',
      '1960-02-29',
      '1999-12-31',
      '2000-01-01',
    ];
    for (const from of dates) {
      for (const to of dates) {
        const terms = withinTerms('d', day(from), day(to));
        expect(terms.length).toBeLessThan(160);
        for (const date of dates) {
          expect(finds(dateTerms('d', date), terms)).toBe(date >= from && date < to);
        }
      }
    }
  });

  it('that are partial are told from whole ones', () => {
    const around = partialTermsAround('d', day('1957-03-12'));
    expect(finds(dateTerms('d', '1957'), around)).toBe(true);
    expect(finds(dateTerms('d', '1957-03'), around)).toBe(true);
    expect(finds(dateTerms('d', '1957-03-12'), around)).toBe(false);
    expect(finds(dateTerms('d', '1957-04'), around)).toBe(false);
  });
});

describe('identifiers', () => {
  it('that a bar could join to one are two', () => {
    expect(finds(identifierTerms('i', 'a|b', 'c'), [tokenTerm('i', { system: 'a', code: 'b|c' })])).toBe(
      false,
    );
    expect(finds(identifierTerms('i', 'a|b', 'c'), [tokenTerm('i', { system: 'a|b', code: 'c' })])).toBe(
      true,
    );
  });

  it('are found by system and value, value, system, and value without a system', () => {
    const [inSystem, bare] = [identifierTerms('i', 'urn:mrn', '7'), identifierTerms('i', undefined, '7')];
    expect(finds(inSystem, [tokenTerm('i', { code: '7' })])).toBe(true);
    expect(finds(bare, [tokenTerm('i', { code: '7' })])).toBe(true);
    expect(finds(inSystem, [tokenTerm('i', { system: 'urn:mrn' })])).toBe(true);
    expect(finds(inSystem, [tokenTerm('i', { system: '', code: '7' })])).toBe(false);
    expect(finds(bare, [tokenTerm('i', { system: '', code: '7' })])).toBe(true);
    expect(finds(inSystem, [tokenTerm('i', { system: 'urn:other', code: '7' })])).toBe(false);
  });
});

describe('tokens', () => {
  it('differ by field, by key, and say nothing without the key', () => {
    const term: Term = ['Patient.family', 'prefix', 'quellenbusch'];
    expect(hex([term])).not.toEqual(hex([['Practitioner.family', 'prefix', 'quellenbusch']]));
    expect(hex([term])).not.toEqual(hex([term], new BlindIndex(['another key'])));
    expect(hex([term, term])).toHaveLength(1);
    expect(finds([telecomTerm('t', 'phone', '+49 30 1')], [telecomTerm('t', 'fax', '+49 30 1')])).toBe(false);
  });

  it('of two keys let replicas that know either find a record that knows both', () => {
    const term: Term = ['f', 'prefix', 'q'];
    const [former, both, next] = [['k1'], ['k2', 'k1'], ['k2']].map((keys) => new BlindIndex(keys));
    const written = new Set(hex([term], both));
    expect(hex([term], former).every((token) => written.has(token))).toBe(true);
    expect(hex([term], next).every((token) => written.has(token))).toBe(true);
    expect(both?.knows(former?.mark ?? '')).toBe(true);
    expect(next?.knows(former?.mark ?? '')).toBe(false);
    expect(next?.knows(both?.mark ?? '')).toBe(true);
    const shared = [both, new BlindIndex(['k1', 'k2'])].map((known) => known?.fingerprints(term));
    expect(shared[0]).toEqual(shared[1]);
    expect(shared[0]).toEqual(expect.arrayContaining(former?.fingerprints(term) ?? ['none']));
  });
});
