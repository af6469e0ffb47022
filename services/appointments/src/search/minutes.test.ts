import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Document } from 'mongodb';
import type { Comparison, SearchFilter } from '../kit-fhir.ts';
import { minuteFilter, spanFilter } from './minutes.ts';

const MS = 60_000;

function filter(comparison: Comparison, start: number, end: number): SearchFilter {
  return { name: 'date', values: [{ type: 'date', comparison, start, end }] };
}

const OPERATORS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  $lt: (value, bound) => value < bound,
  $lte: (value, bound) => value <= bound,
  $gt: (value, bound) => value > bound,
  $gte: (value, bound) => value >= bound,
};

/** What MongoDB does with the few operators that these filters use. */
function matches(document: Readonly<Record<string, number>>, query: Document): boolean {
  return Object.entries(query).every(([key, condition]) => {
    if (key === '$or') return (condition as Document[]).some((one) => matches(document, one));
    return compares(document[key] ?? NaN, condition as Document);
  });
}

function compares(value: number, condition: Document): boolean {
  return Object.entries(condition).every(([operator, bound]) =>
    operator === '$not' ? !compares(value, bound as Document) : OPERATORS[operator]?.(value, bound as number),
  );
}

const interval = fc
  .tuple(fc.integer({ min: 0, max: 20 * MS }), fc.integer({ min: 1, max: 5 * MS }))
  .map(([start, length]) => ({ start, end: start + length }));

describe('a date filter over epoch minutes', () => {
  it.each<[Comparison, (at: number, start: number, end: number) => boolean]>([
    ['eq', (at, start, end) => at >= start && at < end],
    ['ne', (at, start, end) => at < start || at >= end],
    ['gt', (at, _, end) => at >= end],
    ['ge', (at, start) => at >= start],
    ['lt', (at, start) => at < start],
    ['le', (at, _, end) => at < end],
    ['sa', (at, _, end) => at >= end],
    ['eb', (at, start) => at < start],
  ])('%s compares as milliseconds would', (comparison, expected) => {
    fc.assert(
      fc.property(interval, fc.nat(30), ({ start, end }, minute) => {
        const query = minuteFilter('at')(filter(comparison, start, end));
        expect(matches({ at: minute }, query)).toBe(expected(minute * MS, start, end));
      }),
    );
  });
});

describe('a date filter over what lasts', () => {
  type Span = { readonly from: number; readonly to: number };
  it.each<[Comparison, (span: Span, start: number, end: number) => boolean]>([
    ['eq', ({ from, to }, start, end) => from < end && to > start],
    ['ne', ({ from, to }, start, end) => from >= end || to <= start],
    ['gt', ({ to }, _, end) => to > end],
    ['ge', ({ to }, start) => to > start],
    ['lt', ({ from }, start) => from < start],
    ['le', ({ from }, _, end) => from < end],
    ['sa', ({ from }, _, end) => from >= end],
    ['eb', ({ to }, start) => to <= start],
  ])('%s compares as milliseconds would', (comparison, expected) => {
    fc.assert(
      fc.property(interval, fc.nat(25), fc.integer({ min: 1, max: 5 }), ({ start, end }, from, length) => {
        const query = spanFilter({ start: 'a', end: 'b' })(filter(comparison, start, end));
        const span = { from: from * MS, to: (from + length) * MS };
        expect(matches({ a: from, b: from + length }, query)).toBe(expected(span, start, end));
      }),
    );
  });
});
