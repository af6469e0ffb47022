import { describe, expect, it } from '@jest/globals';
import type { Comparison, SearchFilter } from '../kit-fhir.ts';
import { spanOfStart } from './slot-span.ts';

const DAY = 24 * 60;
const NOW = 1_000 * DAY;

/** A filter of `start` whose value covers the minutes from `start` on, one of them unless it says otherwise. */
function filter(comparison: Comparison, start: number, minutes = 1): SearchFilter {
  const [from, to] = [start * 60_000, (start + minutes) * 60_000];
  return { name: 'start', values: [{ type: 'date', comparison, start: from, end: to }] };
}

describe('the span that slots are searched in', () => {
  it('is a week from now when nothing is said', () => {
    expect(spanOfStart([], NOW)).toEqual({ start: NOW + 1, end: NOW + 1 + 7 * DAY });
  });

  it.each([
    ['from a time on, a week', [filter('ge', NOW + 60)], NOW + 60, NOW + 60 + 7 * DAY],
    ['after a day', [filter('gt', NOW + DAY, DAY)], NOW + 2 * DAY, NOW + 9 * DAY],
    ['until a time', [filter('lt', NOW + 60)], NOW + 1, NOW + 60],
    ['until the end of a day', [filter('le', NOW + DAY, DAY)], NOW + 1, NOW + 2 * DAY],
    ['a day', [filter('eq', NOW + DAY, DAY)], NOW + DAY, NOW + 2 * DAY],
    ['what all filters allow', [filter('ge', NOW + 60), filter('lt', NOW + 90)], NOW + 60, NOW + 90],
    ['never the past', [filter('ge', NOW - 60), filter('lt', NOW + 90)], NOW + 1, NOW + 90],
  ])('is %s', (_, filters, start, end) => {
    expect(spanOfStart(filters, NOW)).toEqual({ start, end });
  });

  it.each([
    ['that is over', [filter('ge', NOW - 60), filter('lt', NOW)]],
    ['that ends before it begins', [filter('ge', NOW + 60), filter('lt', NOW + 60)]],
    ['of more than 31 days', [filter('ge', NOW + 60), filter('lt', NOW + 61 + 31 * DAY)]],
    ['that is not one', [filter('ne', NOW + 60)]],
    [
      'of two values',
      [{ name: 'start', values: [...filter('eq', NOW).values, ...filter('eq', NOW).values] }],
    ],
  ])('is none %s', (_, filters) => {
    expect(spanOfStart(filters, NOW)).toMatchObject({ fault: { path: 'http.start' } });
  });
});
