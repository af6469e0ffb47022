import { describe, expect, it } from '@jest/globals';
import { Clinic } from './clinic.ts';
import { ClinicWatch } from './clinic-watch.ts';
import { ClusterError } from './kubectl-proxy.ts';
import type { Cluster } from './kubectl-proxy.ts';

/** A clinic with the pods, counters and mails that a test sets. */
function fakeClinic(): {
  clinic: Clinic;
  consumed: Map<string, number>;
  mails: { received: number };
  away: Set<'pods' | 'metrics'>;
} {
  const away = new Set<'pods' | 'metrics'>();
  const consumed = new Map<string, number>();
  const mails = { received: 0 };
  const answer = (path: string): string => {
    if (away.has(path.includes('/metrics') ? 'metrics' : 'pods')) throw new ClusterError(path, 504);
    const pod = /pods\/([^:]+):9090/.exec(path)?.[1];
    if (pod === undefined) {
      const labels = { 'careplane.dev/service': 'notifications' };
      const items = [...consumed.keys()].map((name) => ({
        metadata: { name, uid: name, labels },
        status: { phase: 'Running' },
      }));
      return JSON.stringify({ items });
    }
    const value = consumed.get(pod);
    if (value === undefined || Number.isNaN(value)) throw new ClusterError(path, 503);
    const events = `careplane_events_consumed_total{event="appointment.booked",result="ok"} ${value}\n`;
    return pod === 'old' || pod === 'pod'
      ? `${events}careplane_mails_total{about="booked",result="received"} ${mails.received}\ncareplane_mails_total{about="new-device",result="received"} ${3 * mails.received}\n`
      : events;
  };
  const cluster: Cluster = {
    get: (path) =>
      new Promise((resolve) => {
        resolve(answer(path));
      }),
    ask: () => Promise.reject(new Error('no mails here')),
    close: () => Promise.resolve(),
  };
  return { clinic: new Clinic(cluster, 'clinic'), consumed, mails, away };
}

const OK = { event: 'appointment.booked', result: 'ok' } as const;

describe('ClinicWatch', () => {
  it('counts the increase over pods that stay, start and end', async () => {
    const { clinic, consumed, mails } = fakeClinic();
    consumed.set('old', 100);
    mails.received = 7;
    const watch = await ClinicWatch.open(clinic);
    consumed.set('old', 104).set('new', 3);
    mails.received = 12;
    await watch.sample();
    consumed.delete('old');
    consumed.set('new', 5);
    await watch.sample();
    expect(watch.events.total(OK)).toBe(9);
    expect(watch.events.ended).toBe(1);
    expect(watch.mails).toEqual({ delivered: 5, duplicates: 0 });
    await watch.close();
  });

  it('continues when a pod cannot be read for a moment', async () => {
    const { clinic, consumed } = fakeClinic();
    consumed.set('pod', 1);
    const watch = await ClinicWatch.open(clinic);
    consumed.set('pod', NaN);
    await watch.sample();
    consumed.set('pod', 4);
    await watch.sample();
    expect(watch.events.total(OK)).toBe(3);
    expect(watch.events.ended).toBe(0);
    await watch.close();
  });

  it.each(['pods', 'metrics'] as const)(
    'continues when the API server does not return the %s for a moment',
    async (what) => {
      const { clinic, consumed, mails, away } = fakeClinic();
      consumed.set('pod', 1);
      const watch = await ClinicWatch.open(clinic);
      consumed.set('pod', 4);
      mails.received = 2;
      away.add(what);
      await watch.sample();
      away.clear();
      await watch.sample();
      expect(watch.events.total(OK)).toBe(3);
      expect(watch.mails).toEqual({ delivered: 2, duplicates: 0 });
      await watch.close();
    },
  );
});
