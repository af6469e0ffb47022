import { describe, expect, it } from '@jest/globals';
import { changesOf, type Changes } from '../../engines/rabbitmq/changes.ts';
import type { Departing } from '../../engines/departing.ts';
import { observedOf } from '../../engines/rabbitmq/fixtures/observed-of.ts';
import { topologyOf, type EventEdges } from '../../engines/rabbitmq/topology.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import type { Context } from '../../runtime/controller.ts';
import { departingStatus, readLogins } from '../providers.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-21T12:00:00Z');
const NOTED = [{ service: 'reports', since: '2026-11-21T12:00:00Z', scope: 'Leftovers' as const }];
const CONSUMER: EventEdges = { service: 'reports', publishes: ['report.made'], consumes: ['visit.ended'] };
const PUBLISHER: EventEdges = { ...CONSUMER, consumes: [] };
const passwords = new Map([['reports', 'kept-word']]);
const data = { password: Buffer.from('kept-word').toString('base64') };

interface Round {
  /** Hours since the start. */
  hours: number;
  services: EventEdges[];
  status?: Departing[] | undefined;
}

interface Look extends Changes {
  planned: Departing[] | undefined;
  status: Departing[] | undefined;
  credentials: string[];
}

/** What the broker has after a consumer has become a publisher: the user as wanted, the queues without their events. */
function brokerWithLeftovers(): ReturnType<typeof observedOf> {
  const { queues, bindings } = topologyOf([CONSUMER]);
  const noEvents = bindings.filter(({ exchange }) => exchange !== 'careplane.events');
  return observedOf('clinic', { ...topologyOf([PUBLISHER]), queues, bindings: noEvents }, passwords);
}

/** One look: the changes at the broker, and the status before and after it was asked. */
async function round({ hours, services, status }: Round): Promise<Look> {
  const now = START + hours * HOUR;
  const secret = { metadata: { name: 'reports.broker', namespace: 'clinic' } };
  const logins = await readLogins(
    {
      type: messageBrokers,
      engine: 'rabbitmq',
      provider: {
        metadata: { name: 'broker', namespace: 'clinic' },
        ...(status && { status: { departing: status } }),
      },
      services: services.map(({ service }) => service),
      graceMs: 24 * HOUR,
    },
    {
      cache: { list: () => [secret] } as unknown as Context['cache'],
      live: { get: () => Promise.resolve({ data } as never), list: () => Promise.resolve([]) },
      now: () => now,
    },
  );
  const changes = changesOf(brokerWithLeftovers(), {
    vhost: 'clinic',
    topology: topologyOf(services),
    passwords: logins.passwords,
    nodes: 1,
    administrator: 'admin',
    grace: logins.grace,
  });
  return {
    ...changes,
    planned: departingStatus(logins).departing,
    status: departingStatus(logins, changes.departing).departing,
    credentials: [...logins.passwords.keys()],
  };
}

describe('the queues of a service that lives on and consumes no more', () => {
  it('are named since when, and the next round writes nothing, at the broker or in the status', async () => {
    const first = await round({ hours: 0, services: [PUBLISHER] });
    expect(first).toMatchObject({ list: [], abandoned: [], status: NOTED });
    const second = await round({ hours: 1, services: [PUBLISHER], status: first.status });
    expect(second).toMatchObject({ list: [], abandoned: [], status: NOTED });
  });

  it('keep their time while the broker cannot be asked', async () => {
    expect(await round({ hours: 1, services: [PUBLISHER], status: NOTED })).toMatchObject({ planned: NOTED });
  });

  it('go when they are empty and the grace is over; the user stays', async () => {
    const { list, abandoned, credentials } = await round({ hours: 24, services: [PUBLISHER], status: NOTED });
    expect(abandoned).toEqual([expect.arrayContaining(['reports', 'reports.dead'])]);
    expect({ list, credentials }).toEqual({ list: [], credentials: ['reports'] });
  });

  it('cost a service that goes later nothing of its own grace', async () => {
    const { list, abandoned, credentials, status } = await round({ hours: 48, services: [], status: NOTED });
    expect({ list, abandoned, credentials }).toEqual({ list: [], abandoned: [], credentials: ['reports'] });
    expect(status).toEqual([{ service: 'reports', since: '2026-11-23T12:00:00Z' }]);
  });
});
