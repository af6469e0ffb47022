import { describe, expect, it } from '@jest/globals';
import { BlindIndex } from '@careplane/kit';
import type { Binary, SearchFilter, SearchValue } from '@careplane/kit';
import { KINDS } from '../kinds/index.ts';
import { observation } from '../kinds/observation.ts';
import { documentReference } from '../kinds/document-reference.ts';
import { fieldsOf } from './fields.ts';
import { termsOf } from './terms.ts';
import type { ClinicalKind } from './kind.ts';

const index = new BlindIndex(['a lookup key for tests']);
const LOINC = 'http://loinc.org';
const height = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: LOINC, code: '8302-2' }] },
  identifier: [{ system: 'urn:lab', value: '77' }, { value: 'bare' }],
  encounter: { reference: 'Encounter/e' },
  performer: [{ reference: 'Practitioner/d' }],
};

/** Whether a record of the resource would match a filter by tokens, as the database answers it. */
function finds(
  kind: ClinicalKind,
  resource: typeof height,
  { name, value, modifier }: { name: string; value: SearchValue; modifier?: string | undefined },
): boolean {
  const field = fieldsOf(kind, index)[name];
  if (field?.as !== 'own') throw new Error(`${name} is not found by tokens`);
  const filter: SearchFilter = { name, values: [value], ...(modifier === undefined ? {} : { modifier }) };
  const asked = field.filter(filter) as unknown as Asked;
  const [{ tokens }] = '$nor' in asked ? asked.$nor : [asked];
  const own = new Set(index.tokens(termsOf(kind, resource)).map((token) => token.toString('hex')));
  return tokens.$in.some((token) => own.has(token.toString('hex'))) !== '$nor' in asked;
}

type Tokens = { readonly tokens: { readonly $in: readonly Binary[] } };
type Asked = Tokens | { readonly $nor: readonly [Tokens] };

const token = (code?: string, system?: string): SearchValue => ({
  type: 'token',
  ...(code === undefined ? {} : { code }),
  ...(system === undefined ? {} : { system }),
});

describe('a record is found by its tokens', () => {
  it('by any of its values, and is not found by others', () => {
    const asked: readonly (readonly [boolean, string, SearchValue, string?])[] = [
      [true, 'code', token('8302-2')],
      [true, 'code', token('8302-2', LOINC)],
      [true, 'code', token(undefined, LOINC)],
      [false, 'code', token('8302-2', 'http://snomed.info/sct')],
      [false, 'code', token('8302-2', '')],
      [false, 'code', token('8302-3')],
      [false, 'code', token('final')],
      [true, 'combo-code', token('8302-2')],
      [true, 'status', token('final')],
      [false, 'status', token('final'), 'not'],
      [true, 'status', token('amended'), 'not'],
      [true, 'identifier', token('77', 'urn:lab')],
      [true, 'identifier', token('bare', '')],
      [false, 'identifier', token('77', '')],
      [true, 'encounter', { type: 'reference', target: 'Encounter', id: 'e' }],
      [true, 'encounter', { type: 'reference', id: 'e' }],
      [false, 'encounter', { type: 'reference', target: 'Encounter', id: 'f' }],
      [true, 'performer', { type: 'reference', id: 'd' }],
      [false, 'performer', { type: 'reference', target: 'Patient', id: 'd' }],
      [true, 'category', token('true'), 'missing'],
      [false, 'category', token('false'), 'missing'],
      [true, 'code', token('false'), 'missing'],
    ];
    for (const [expected, name, value, modifier] of asked) {
      const found = finds(observation, height, { name, value, modifier });
      expect([name, value, modifier, found]).toEqual([name, value, modifier, expected]);
    }
  });

  it('of a text by the beginnings of its words, and exactly', () => {
    const letter = { ...height, resourceType: 'DocumentReference', description: 'Discharge letter' };
    const text = (value: string, modifier?: string): boolean =>
      finds(documentReference, letter, {
        name: 'description',
        value: { type: 'string', value },
        modifier,
      });
    expect([text('let'), text('DISCH'), text('arge')]).toEqual([true, true, false]);
    expect([text('Discharge letter', 'exact'), text('discharge letter', 'exact')]).toEqual([true, false]);
  });
});

describe('the terms of a record', () => {
  it('are of its own type: the same code in another type has another token', () => {
    const [one, other] = KINDS.filter(({ parameters }) => parameters['code']).map((kind) =>
      index.tokens(termsOf(kind, height)).map((each) => each.toString('hex')),
    );
    expect(one?.some((each) => other?.includes(each))).toBe(false);
  });

  it('are bounded, however many values somebody sends', () => {
    const coding = Array.from({ length: 5_000 }, (_, n) => ({ code: `c${String(n)}` }));
    expect(termsOf(observation, { ...height, code: { coding } }).length).toBeLessThan(2_000);
  });
});
