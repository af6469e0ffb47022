import { beforeAll, describe, expect, it } from '@jest/globals';
import { clinicReady, command } from './src/cluster.ts';

/** The demo's table: label to the numbers of its line. */
function figures(table: string): Record<string, number[]> {
  const lines = [...table.matchAll(/^ {2}(\S.*?) {2,}(\d[\d ,of()]*)$/gm)];
  return Object.fromEntries(
    lines.map(([, label = '', numbers = '']) => [label, numbers.match(/\d+/g)?.map(Number) ?? []]),
  );
}

describe('one slot and 100 patients at the same moment', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('gives exactly one 201, 99 times 409, one event, and no e-mail too many', async () => {
    // One appointment leaves only the race of 100; the demo itself fails when a number is wrong.
    const output = await command('make', ['demo', 'DEMO_FLAGS=--appointments 1'], { timeoutMs: 240_000 });
    const found = figures(output);
    // A new patient causes an event and an e-mail, and one more e-mail when they registered themselves.
    const [, greeted = 0] = found['patients (new)'] ?? [];
    const [delivered = 0, expected] = found['e-mails delivered'] ?? [];
    expect(found).toMatchObject({
      'appointments booked': [1, 1],
      'double bookings attempted, refused': [99, 99],
    });
    expect(delivered).toBe(expected);
    expect(delivered).toBeGreaterThanOrEqual(1 + greeted);
    // identity and notifications consume the booking. When a worker was scaled down and its last second of counts is lost, the demo
    // prints `at least`.
    for (const [count, wanted] of [
      ['events published', 1 + greeted],
      ['events consumed', 2 + greeted],
    ])
      expect(output).toMatch(new RegExp(`^ {2}${count} +(?:${wanted}|at least \\d+)$`, 'm'));
  }, 270_000);
});
