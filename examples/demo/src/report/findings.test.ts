import { describe, expect, it } from '@jest/globals';
import { findings, isSettled } from './findings.ts';
import type { Figures } from './findings.ts';
import { Latencies, percentile } from './latency.ts';
import { renderTable } from './table.ts';

const good: Figures = {
  patients: 10,
  registered: 4,
  registeredByPages: 2,
  practitioners: 3,
  wished: 40,
  booked: 40,
  doubles: { attempted: 99, refused: 99 },
  readBack: { rest: 40, graphql: 40 },
  counted: 40,
  withdrawal: { effectiveMs: 5 },
  events: {
    bookedPublished: 40,
    bookedConsumed: 80,
    registeredPublished: 4,
    registeredConsumed: 4,
    dead: 0,
    endedPods: 0,
  },
  mails: { delivered: 46, duplicates: 0 },
};

describe('findings', () => {
  it('are empty when every number is as expected', () => {
    expect(findings(good)).toEqual([]);
    expect(isSettled(good)).toBe(true);
  });

  it.each<[string, Partial<Figures>]>([
    ['appointments booked: 41, must be 40', { booked: 41, readBack: { rest: 41, graphql: 41 } }],
    ['double bookings refused: 98, must be 99', { doubles: { attempted: 99, refused: 98 } }],
    ['appointments read back by GraphQL: 39, must be 40', { readBack: { rest: 40, graphql: 39 } }],
    [
      'appointment.booked events published: 39, must be 40',
      { events: { ...good.events, bookedPublished: 39 } },
    ],
    [
      'appointment.booked events consumed: 81, must be 80',
      { events: { ...good.events, bookedConsumed: 81 } },
    ],
    ['events dead-lettered: 1, must be 0', { events: { ...good.events, dead: 1 } }],
    ['e-mails delivered: 47, must be 46', { mails: { delivered: 47, duplicates: 0 } }],
    ['e-mails delivered twice: 1, must be 0', { mails: { delivered: 46, duplicates: 1 } }],
  ])('name what differs: %s', (finding, change) => {
    expect(findings({ ...good, ...change })).toContain(finding);
  });

  it('wait for events and e-mails that have not arrived', () => {
    expect(isSettled({ ...good, mails: { delivered: 45, duplicates: 0 } })).toBe(false);
    expect(isSettled({ ...good, events: { ...good.events, bookedConsumed: 79 } })).toBe(false);
  });
});

describe('the counts of a run in which a pod ended', () => {
  const counted = { ...good, events: { ...good.events, bookedConsumed: 79, endedPods: 1 } };

  it('may be too low: the e-mails prove that every event arrived', () => {
    expect(isSettled(counted)).toBe(true);
    expect(findings(counted)).toEqual([]);
    expect(isSettled({ ...counted, mails: { delivered: 45, duplicates: 0 } })).toBe(false);
    expect(findings({ ...counted, mails: { delivered: 45, duplicates: 0 } })).toHaveLength(1);
  });

  it('are never too high', () => {
    const more = { ...counted, events: { ...counted.events, bookedConsumed: 81 } };
    expect(findings(more)).toEqual(['appointment.booked events consumed: 81, must be 80']);
  });
});

describe('latencies', () => {
  it('are summed up by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, n) => n + 1);
    expect([percentile(sorted, 0.5), percentile(sorted, 0.95), percentile([], 0.5)]).toEqual([50, 95, 0]);
  });

  it('count failed calls too', async () => {
    const latencies = new Latencies();
    await expect(latencies.time('book', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(latencies.summary('book').count).toBe(1);
  });
});

describe('renderTable', () => {
  it('aligns names to the left and numbers to the right', () => {
    expect(
      renderTable([
        ['patients', '10'],
        ['e-mails', '4'],
      ]),
    ).toBe('  patients  10\n  e-mails    4');
  });
});
