import { describe, expect, it } from '@jest/globals';
import { LEASE_TIMES, LeaseState, type Lease } from './lease.ts';

const identity = { name: 'l', namespace: 'n' };
const leaseOf = (holderIdentity: string, resourceVersion: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { ...identity, resourceVersion },
  spec: { holderIdentity, leaseDurationSeconds: 10, leaseTransitions: 3, acquireTime: 'then' },
});

describe('the lease', () => {
  it('may be taken when there is none, when it was released, and when its holder has been silent for its duration', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.observe(undefined, 0);
    expect(state.mayAcquire(0)).toBe(true);
    state.observe(leaseOf('', '1'), 0);
    expect(state.mayAcquire(0)).toBe(true);
    state.observe(leaseOf('other', '2'), 100);
    expect(state.mayAcquire(10_099)).toBe(false);
    expect(state.mayAcquire(10_100)).toBe(true);
  });

  it('is respected anew from each change that is seen, and not from looks that see none', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.observe(leaseOf('other', '1'), 0);
    state.observe(leaseOf('other', '2'), 5_000);
    state.observe(leaseOf('other', '2'), 9_000);
    expect(state.msToExpiry(9_000)).toBe(6_000);
  });

  it('that vanished while another held it is respected for its duration; our own, and one that was released, is not', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.observe(leaseOf('other', '1'), 0);
    state.observe(undefined, 9_000);
    state.observe(undefined, 12_000);
    expect([state.mayAcquire(18_999), state.mayAcquire(19_000)]).toEqual([false, true]);
    for (const holder of ['me', '']) {
      const next = new LeaseState('me', LEASE_TIMES);
      next.observe(leaseOf(holder, '2'), 0);
      next.observe(undefined, 1);
      expect(next.mayAcquire(1)).toBe(true);
    }
  });

  it('lets writes through for the deadline from the start of the last renewal, and never longer', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.renewed(leaseOf('me', '1'), 1_000, 1_500);
    expect(state.safeMs(1_500)).toBe(6_500);
    expect(state.holds(7_999)).toBe(true);
    expect(state.safeMs(8_000)).toBe(0);
  });

  it('stops being safe before anybody else may take over', () => {
    expect(LEASE_TIMES.deadlineMs).toBeLessThan(LEASE_TIMES.durationMs);
    const [mine, theirs] = [new LeaseState('me', LEASE_TIMES), new LeaseState('they', LEASE_TIMES)];
    mine.renewed(leaseOf('me', '1'), 0, 2_000);
    // The other one saw the renewal at the earliest when it was written, that is after it was begun.
    theirs.observe(leaseOf('me', '1'), 0);
    for (let now = 0; now < 20_000; now += 100) expect(mine.holds(now) && theirs.mayAcquire(now)).toBe(false);
  });

  it('stops writes at once when another holder is seen or it is given up', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.renewed(leaseOf('me', '1'), 0, 0);
    state.observe(leaseOf('other', '2'), 100);
    expect(state.safeMs(100)).toBe(0);
    state.renewed(leaseOf('me', '3'), 200, 200);
    state.giveUp();
    expect(state.safeMs(200)).toBe(0);
  });

  it('is not safe after our write of unknown outcome turns out to be the holder: only a known renewal counts', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.observe(leaseOf('me', '7'), 0);
    expect(state.holds(0)).toBe(false);
    expect(state.mayAcquire(0)).toBe(true);
  });

  it('counts a transition when it changes hands, and keeps the time of acquisition when it does not', () => {
    const state = new LeaseState('me', LEASE_TIMES);
    state.observe(leaseOf('other', '4'), 0);
    expect(state.claim(identity, 0)).toMatchObject({
      metadata: { resourceVersion: '4' },
      spec: { holderIdentity: 'me', leaseTransitions: 4, leaseDurationSeconds: 10 },
    });
    state.renewed(leaseOf('me', '5'), 0, 0);
    expect(state.claim(identity, 0).spec).toMatchObject({ leaseTransitions: 3, acquireTime: 'then' });
    expect(state.release(identity)?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });
});
