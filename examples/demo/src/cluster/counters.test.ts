import { describe, expect, it } from '@jest/globals';
import { CounterLedger } from './counter-ledger.ts';
import { parseExposition, sumOf } from './prometheus-text.ts';

describe('parseExposition', () => {
  it('reads names, labels and values, and skips comments', () => {
    const samples = parseExposition(
      '# HELP x y\n# TYPE x counter\nx_total{event="a.b",result="ok"} 3\nx_total{event="a.b",result="dead"} 1\nup 1\n',
    );
    expect(sumOf(samples, 'x_total', { event: 'a.b' })).toBe(4);
    expect(sumOf(samples, 'x_total', { event: 'a.b', result: 'ok' })).toBe(3);
    expect(sumOf(samples, 'up', {})).toBe(1);
    expect(sumOf(samples, 'absent', {})).toBe(0);
  });
});

describe('CounterLedger', () => {
  it('counts only the increase since the opening', () => {
    const ledger = new CounterLedger();
    ledger.read('a', 100, true);
    ledger.read('a', 103, false);
    expect(ledger.total).toBe(3);
  });

  it('counts a later pod from zero, and keeps its count when it ends', () => {
    const ledger = new CounterLedger();
    ledger.read('a', 100, true);
    ledger.read('b', 7, false);
    ledger.read('a', 101, false);
    expect(ledger.total).toBe(8);
  });

  it('continues to count after a restart of the container', () => {
    const ledger = new CounterLedger();
    ledger.read('a', 100, true);
    ledger.read('a', 110, false);
    ledger.read('a', 4, false);
    expect(ledger.total).toBe(14);
  });
});
