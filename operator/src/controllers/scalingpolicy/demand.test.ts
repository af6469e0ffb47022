import { describe, expect, it } from '@jest/globals';
import type { ScalingPolicySpec } from '../../api/scalingpolicy.ts';
import { aPolicy } from '../healthcareservice/fixtures/objects.ts';
import { demandOf } from './demand.ts';

const both: ScalingPolicySpec = { ...aPolicy('a').spec, cpu: { utilization: 50 } };
const busy = [{ request: 0.1, usage: 0.2 }];
const idle = [{ request: 0.1, usage: 0.001 }];

describe('demand', () => {
  it('is the larger of all triggers', () => {
    expect(demandOf(both, { queue: 60, cpu: busy }, 1).replicas).toBe(4);
    expect(demandOf(both, { queue: 500, cpu: busy }, 1).replicas).toBe(10);
  });

  it('is none for an empty queue and an idle last pod, where min is 0', () => {
    expect(demandOf(both, { queue: 0, cpu: idle }, 1).replicas).toBe(0);
    expect(demandOf({ ...both, min: 1 }, { queue: 0, cpu: idle }, 1).replicas).toBe(1);
    expect(demandOf(both, { queue: 0, cpu: busy }, 1).replicas).toBe(4);
  });

  it('keeps what is known when one trigger cannot be read', () => {
    const demand = demandOf(both, { queue: { unavailable: 'broker down' }, cpu: busy }, 1);
    expect(demand).toEqual({ replicas: 4, unavailable: ['broker down'] });
  });

  it('takes CPU without pods for no fault', () => {
    expect(demandOf(both, { queue: 1, cpu: [] }, 0)).toEqual({ replicas: 1, unavailable: [] });
  });

  it('misses the CPU metrics of pods that run', () => {
    expect(demandOf(both, { queue: 1, cpu: [{ request: 0.1 }] }, 1).unavailable).toEqual([
      'no pod of the service has CPU metrics yet',
    ]);
  });

  it('is that of the triggers that are declared, whatever else was measured', () => {
    const { queue, ...cpuOnly } = both;
    const { cpu, ...queueOnly } = both;
    expect([queue, cpu]).not.toContain(undefined);
    expect(demandOf(cpuOnly, { queue: 500, cpu: busy }, 1)).toEqual({ replicas: 4, unavailable: [] });
    expect(demandOf(queueOnly, { queue: 60, cpu: busy }, 1)).toEqual({ replicas: 2, unavailable: [] });
  });

  it('is unknown when nothing was measured, without a fault, and names each trigger that could not be read', () => {
    expect(demandOf(both, {}, 1)).toEqual({ replicas: undefined, unavailable: [] });
    const samples = { queue: { unavailable: 'broker down' }, cpu: { unavailable: 'no metrics' } };
    expect(demandOf(both, samples, 1)).toEqual({
      replicas: undefined,
      unavailable: ['broker down', 'no metrics'],
    });
  });

  it('goes to none only when both the queue and the CPU of the last pod ask for no more', () => {
    const two = [...idle, ...idle];
    expect(demandOf(both, { queue: 1, cpu: idle }, 1).replicas).toBe(1);
    expect(demandOf(both, { cpu: idle }, 1).replicas).toBe(1);
    expect(demandOf(both, { queue: 0, cpu: two }, 2).replicas).toBe(0);
  });
});
