import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { Amqp } from '../amqp/amqp.ts';
import type { ServiceContext } from '../context.ts';
import { startRelay } from './relay.ts';
import type { Relay, RelayParts } from './relay.ts';
import type { OutboxDocument } from './store.ts';

const document = {
  _id: 'e',
  event: { id: 'e', type: 'appointment.booked' },
  claimedUntil: new Date(),
} as OutboxDocument;

const ctx = {
  instance: 'one',
  metrics: { eventsPublished: { inc: () => undefined } },
  logger: { warn: () => undefined },
} as unknown as ServiceContext;

/** An outbox of one event, and a broker that confirms it at the n-th try. */
function scene(confirmsAt: number): { parts: RelayParts; tries: () => number; isPending: () => boolean } {
  let [tries, isPending, isClaimed] = [0, true, true];
  const documents = {
    find: ({ claimedBy }: { claimedBy?: string }) => {
      const isFound = isPending && isClaimed === (claimedBy !== undefined);
      return Promise.resolve(isFound ? [document] : []);
    },
    updateMany: (_filter: unknown, update: { $set: { publishedAt?: Date; claimedUntil?: Date } }) => {
      const { publishedAt, claimedUntil } = update.$set;
      if (publishedAt !== undefined) isPending = false;
      if (claimedUntil !== undefined) isClaimed = claimedUntil.getTime() > 0;
      return Promise.resolve();
    },
  };
  const publish = (): Promise<void> => {
    tries += 1;
    return tries < confirmsAt ? Promise.reject(new Error('nacked')) : Promise.resolve();
  };
  const amqp = { connected: true, publish } as unknown as Amqp;
  const parts = { documents, amqp, pollMs: 3_600_000 } as unknown as RelayParts;
  return { parts, tries: () => tries, isPending: () => isPending };
}

describe('the relay', () => {
  let relay: Relay | undefined;
  afterEach(async () => {
    await relay?.stop();
  });

  it('soon publishes again what a connected broker did not confirm, long before the next poll', async () => {
    const { parts, tries, isPending } = scene(3);
    relay = startRelay(ctx, parts);
    relay.publishSoon(document);
    await until(() => Promise.resolve(!isPending()), { what: 'the event to be published' });
    expect(tries()).toBe(3);
  });

  it('leaves it in the outbox at a stop, which it does not hold up', async () => {
    const { parts, tries, isPending } = scene(Infinity);
    relay = startRelay(ctx, parts);
    relay.publishSoon(document);
    await until(() => Promise.resolve(tries() > 0), { what: 'the first try' });
    const begun = performance.now();
    await relay.stop();
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(isPending()).toBe(true);
  });
});
