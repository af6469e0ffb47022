import { describe, expect, it } from '@jest/globals';
import { isWithin } from './period.ts';

describe('a period', () => {
  const period = { from: '2027-03-12T10:00:00+01:00', until: '2027-03-12T10:00:00Z' };

  it('begins at its first instant and ends before its last', () => {
    const at = (text: string): boolean => isWithin(period, new Date(text));
    expect(at('2027-03-12T08:59:59.999Z')).toBe(false);
    expect(at('2027-03-12T09:00:00.000Z')).toBe(true);
    expect(at('2027-03-12T09:59:59.999Z')).toBe(true);
    expect(at('2027-03-12T10:00:00.000Z')).toBe(false);
  });

  it('is open where it says nothing', () => {
    const now = new Date();
    expect(isWithin({}, now)).toBe(true);
    expect(isWithin({ from: period.from }, new Date('2990-01-01'))).toBe(true);
    expect(isWithin({ until: period.until }, new Date('1990-01-01'))).toBe(true);
    expect(isWithin({ from: period.from }, new Date('1990-01-01'))).toBe(false);
  });

  it('is not believed when it cannot be read, unless that is the safe side', () => {
    for (const wrong of [{ from: 'soon' }, { until: 'later' }]) {
      expect([isWithin(wrong, new Date()), isWithin(wrong, new Date(), true)]).toEqual([false, true]);
    }
  });
});
