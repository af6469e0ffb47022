import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { startGround } from '../../test/ground.ts';
import type { Ground } from '../../test/ground.ts';
import { messageCount, takeMessages } from '../../test/queue.ts';
import { connectAmqp, connectMongo, createOutbox, newEvent, withTransaction } from '../index.ts';
import type { Mongo, Outbox, RunningService } from '../index.ts';
import { declareTopology } from '../testing/index.ts';

describe('the outbox', () => {
  let ground: Ground;
  const services: RunningService[] = [];

  beforeAll(async () => {
    ground = await startGround();
    await declareTopology(ground.rabbit.uri, { service: 'listener', consumes: ['patient.registered'] });
  }, 120_000);
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(async () => {
    await ground.stop();
  });

  interface Writer {
    readonly service: RunningService;
    readonly mongo: Mongo;
    /** Registers in a transaction; gives the patient's id. */
    readonly say: (fail?: Error) => Promise<string>;
    readonly update: () => Promise<string>;
    readonly metric: (name: string) => Promise<number>;
  }

  const writer = async (name = 'writer'): Promise<Writer> => {
    let parts: { mongo: Mongo; outbox: Outbox } | undefined;
    const service = await ground.start(name, async (ctx) => {
      const amqp = connectAmqp(ctx);
      const mongo = await connectMongo(ctx);
      parts = { mongo, outbox: await createOutbox(ctx, { mongo, amqp, pollMs: 60_000 }) };
      return {};
    });
    services.push(service);
    if (!parts) throw new Error('started');
    const { mongo, outbox } = parts;
    return {
      service,
      mongo,
      async say(fail): Promise<string> {
        const patientId = randomUUID();
        await withTransaction(mongo, async (tx) => {
          await outbox.add(tx, 'patient.registered', { subject: patientId, data: { patientId } });
          if (fail) throw fail;
        });
        return patientId;
      },
      async update(): Promise<string> {
        const patientId = randomUUID();
        await withTransaction(mongo, (tx) =>
          outbox.add(tx, 'patient.updated', { subject: patientId, data: { patientId } }),
        );
        return patientId;
      },
      async metric(metric): Promise<number> {
        const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
        return Number(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
      },
    };
  };
  const idOf = (content: Buffer): string =>
    (JSON.parse(content.toString()) as { data: { patientId: string } }).data.patientId;

  it('publishes at once after the commit, and nothing of a transaction that failed', async () => {
    const { say, metric } = await writer();
    await expect(say(new Error('changed my mind'))).rejects.toThrow('changed my mind');
    const id = await say();
    const [message] = await takeMessages(ground.rabbit.uri, 'listener', 1);
    expect(message && idOf(message.content)).toBe(id);
    expect(message?.properties).toMatchObject({
      contentType: 'application/cloudevents+json',
      deliveryMode: 2,
    });
    expect(message?.properties.messageId).toBe(
      (JSON.parse(message?.content.toString() ?? '{}') as { id: string }).id,
    );
    expect(await messageCount(ground.rabbit.uri, 'listener')).toBe(0);
    await until(async () => (await metric('careplane_outbox_pending')) === 0, { what: 'nothing pending' });
    expect(await metric('careplane_events_published_total')).toBe(1);
  });

  it('survives the death of the broker: commits go on, and every event comes once the broker is back', async () => {
    const { say, metric, service } = await writer();
    const ready = async (): Promise<number> => (await fetch(`${service.adminUrl}/readyz`)).status;
    await until(async () => (await ready()) === 200, { what: 'readiness' });
    const before = await say();
    await until(async () => (await metric('careplane_outbox_pending')) === 0, { what: 'nothing pending' });
    await ground.rabbit.kill();
    const during = await Promise.all(Array.from({ length: 5 }, () => say()));
    expect(await metric('careplane_outbox_pending')).toBe(5);
    expect(await ready()).toBe(200);
    await ground.rabbit.restart();
    const ids = (await takeMessages(ground.rabbit.uri, 'listener', 6)).map(({ content }) => idOf(content));
    expect([...ids].sort()).toEqual([before, ...during].sort());
    await until(async () => (await metric('careplane_outbox_pending')) === 0, { what: 'nothing pending' });
  }, 120_000);

  it('keeps an event that no queue takes, without holding up others, until one does', async () => {
    const { say, update, metric, mongo } = await writer('orphan');
    const orphan = await update();
    await until(async () => (await metric('careplane_outbox_unroutable')) === 1, {
      what: 'the orphan to be kept',
    });
    const id = await say();
    const [other] = await takeMessages(ground.rabbit.uri, 'listener', 1);
    expect(other && idOf(other.content)).toBe(id);
    await declareTopology(ground.rabbit.uri, { service: 'late', consumes: ['patient.updated'] });
    await mongo.collection('outbox').updateMany({ pending: true }, { $set: { claimedUntil: new Date(0) } });
    await (await writer('orphan')).say(); // a fresh replica looks at its start
    const [late] = await takeMessages(ground.rabbit.uri, 'late', 1);
    expect(late && idOf(late.content)).toBe(orphan);
    await takeMessages(ground.rabbit.uri, 'listener', 1);
  });

  it('publishes what a replica that was killed between commit and publish left behind', async () => {
    const name = 'heir';
    const { mongo } = await writer(name);
    const patientId = randomUUID();
    const event = newEvent(name, 'patient.registered', { subject: patientId, data: { patientId } });
    const claim = { claimedBy: 'dead', claimedUntil: new Date(0) };
    const left = { _id: event.id, event, pending: true, createdAt: new Date(), ...claim };
    await mongo.collection('outbox').insert([left]);
    await writer(name);
    const [message] = await takeMessages(ground.rabbit.uri, 'listener', 1);
    expect(message && idOf(message.content)).toBe(patientId);
  });

  it('publishes each event once when two replicas write at the same time', async () => {
    const [left, right] = [await writer('pair'), await writer('pair')];
    const ids = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? left : right).say()));
    const found = (await takeMessages(ground.rabbit.uri, 'listener', 40)).map(({ content }) => idOf(content));
    expect([...found].sort()).toEqual([...ids].sort());
    await until(async () => (await left.metric('careplane_outbox_pending')) === 0, {
      what: 'nothing pending',
    });
    expect(await messageCount(ground.rabbit.uri, 'listener')).toBe(0);
  });

  it('comes back by itself when the broker closes its connections', async () => {
    const { say } = await writer('cut');
    await closeConnections(ground, 'cut');
    const id = await say();
    const [message] = await takeMessages(ground.rabbit.uri, 'listener', 1);
    expect(message && idOf(message.content)).toBe(id);
  });
});

/** Closes every connection of a service, as an operator would by the management API. */
async function closeConnections({ rabbit }: Ground, service: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${rabbit.username}:${rabbit.password}`).toString('base64')}`;
  interface Open {
    name: string;
    client_properties: { connection_name?: string };
  }
  const mine = await until(
    async () => {
      const answer = await fetch(`${rabbit.managementUrl}/api/connections`, { headers: { authorization } });
      const all = (await answer.json()) as Open[];
      const found = all.filter(({ client_properties: { connection_name: name } }) =>
        name?.startsWith(`${service}/`),
      );
      return found.length > 0 && found;
    },
    { what: 'the connections to be listed' },
  );
  for (const { name } of mine) {
    const url = `${rabbit.managementUrl}/api/connections/${encodeURIComponent(name)}`;
    await fetch(url, { method: 'DELETE', headers: { authorization } });
  }
}
