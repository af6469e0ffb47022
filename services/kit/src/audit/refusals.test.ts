import { describe, expect, it } from '@jest/globals';
import type { Access } from './entry.ts';
import { boundRefusals } from './refusals.ts';

const refused = (account: string): Access => ({
  action: 'read',
  outcome: 'denied',
  reason: 'not-own',
  agent: { role: 'patient', account, client: 'app' },
  entities: [{ type: 'Patient', id: 'p' }],
});

describe('refused accesses of one caller', () => {
  it('have an entry each up to the limit, and then one each time they have doubled', () => {
    const refusals = boundRefusals({ single: 10, now: () => 0 });
    const written = Array.from({ length: 100 }, () => refusals.admit(refused('a'))).flat();
    expect(written.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => refused('a')));
    expect(written.slice(10).map(({ count, entities }) => [count, entities])).toEqual([
      [10, []],
      [20, []],
      [40, []],
    ]);
  });

  it('are counted whole when the next window begins', () => {
    let now = 0;
    const refusals = boundRefusals({ single: 10, windowMs: 1_000, now: () => now });
    for (let at = 0; at < 15; at += 1) refusals.admit(refused('a'));
    now = 1_000;
    expect(refusals.admit(refused('a'))).toEqual([expect.objectContaining({ count: 5 }), refused('a')]);
    expect(refusals.admit(refused('a'))).toEqual([refused('a')]);
  });

  it('say nothing of another caller', () => {
    const refusals = boundRefusals({ single: 1, now: () => 0 });
    for (let at = 0; at < 4; at += 1) refusals.admit(refused('a'));
    expect(refusals.admit(refused('b'))).toEqual([refused('b')]);
  });
});
