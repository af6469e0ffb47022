import { describe, expect, it } from '@jest/globals';
import { certificatesIn } from '../../../pki/certificate.ts';
import { TrustSimulation } from '../fixtures/trust-simulation.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SERVICES = ['caller', 'called', 'third'];

/** Something happens at an hour after the start. */
type Incident = [hours: number, what: 'lose' | 'rotate' | 'give up' | 'add'];

async function live(simulation: TrustSimulation, incidents: readonly Incident[]): Promise<void> {
  const start = simulation.now;
  for (const [hours, what] of incidents) {
    await simulation.runUntil(start + hours * HOUR_MS);
    if (what === 'lose') simulation.lose();
    else if (what === 'rotate') simulation.rotate(String(hours));
    else if (what === 'give up') simulation.giveUp('called');
    else simulation.add(`late-${String(hours).replace('.', '-')}`);
  }
  await simulation.runUntil(start + ((incidents.at(-1)?.[0] ?? 0) + 50) * HOUR_MS);
}

describe('the trust between services', () => {
  it.each<[string, Incident[]]>([
    ['nothing happens', []],
    ['the authority is lost while certificates are young', [[1, 'lose']]],
    ['it is lost in the middle of their life', [[10, 'lose']]],
    ['it is lost just before they are due', [[15.99, 'lose']]],
    [
      'it is lost twice within ten seconds, and a service is new',
      [
        [10, 'lose'],
        [10.001, 'add'],
        [10.0028, 'lose'],
        [10.01, 'add'],
        [10.2, 'add'],
      ],
    ],
    [
      'it is lost again and again',
      [15.8, 15.85, 15.95, 16.05, 16.1, 16.5].map((at): Incident => [at, 'lose']),
    ],
    [
      'somebody asks for another certificate after a loss',
      [
        [3, 'lose'],
        [3.01, 'give up'],
        [3.02, 'add'],
      ],
    ],
    [
      'it is replaced',
      [
        [5, 'rotate'],
        [6, 'add'],
        [30, 'add'],
      ],
    ],
    [
      'it is lost while it is replaced',
      [
        [5, 'rotate'],
        [20, 'lose'],
        [20.01, 'add'],
      ],
    ],
    [
      'it is lost while the one before is still trusted',
      [
        [5, 'rotate'],
        [29.2, 'lose'],
        [29.21, 'add'],
      ],
    ],
    [
      'it is replaced while a loss is not yet settled',
      [
        [5, 'lose'],
        [5.02, 'rotate'],
        [5.03, 'add'],
      ],
    ],
  ])(
    'holds, and no certificate expires, when %s',
    async (_, incidents) => {
      for (const store of ['db', undefined]) {
        const simulation = new TrustSimulation(SERVICES, store);
        await live(simulation, incidents);
        expect(simulation.problems()).toEqual([]);
      }
    },
    60_000,
  );

  it('includes the next authority within a minute of a loss, and that one signs within minutes', async () => {
    const simulation = new TrustSimulation(SERVICES);
    await simulation.runUntil(simulation.now + 10 * MINUTE_MS);
    const before = simulation.certificateOf('called');
    simulation.lose();
    await simulation.runUntil(simulation.now + MINUTE_MS);
    const bundles = SERVICES.map((name) => simulation.bundleOf(name));
    expect(new Set(bundles).size).toBe(1);
    expect(certificatesIn(bundles[0] ?? '')).toHaveLength(2);
    expect(simulation.certificateOf('called')).toBe(before);
    await simulation.runUntil(simulation.now + 6 * MINUTE_MS);
    expect(simulation.certificateOf('called')).not.toBe(before);
  });

  it('is not said to be in order while another certificate is due and nobody may sign', async () => {
    const simulation = new TrustSimulation(SERVICES);
    await simulation.runUntil(simulation.now + 10 * MINUTE_MS);
    simulation.lose();
    await simulation.runUntil(simulation.now + MINUTE_MS);
    const before = simulation.certificateOf('called');
    simulation.giveUp('called');
    await simulation.runUntil(simulation.now + MINUTE_MS);
    const condition = simulation.judged.get('called')?.condition;
    expect(condition).toMatchObject({ status: 'False', reason: 'SignerPending' });
    expect(condition?.message).toContain('2026-11-21T13:10Z');
    expect(simulation.certificateOf('called')).toBe(before);
    await simulation.runUntil(simulation.now + 10 * MINUTE_MS);
    expect(simulation.judged.get('called')?.condition.reason).toBe('Valid');
    expect(simulation.certificateOf('called')).not.toBe(before);
  });
});
