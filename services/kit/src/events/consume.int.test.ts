import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import amqplib from 'amqplib';
import { startGround } from '../../test/ground.ts';
import type { Ground } from '../../test/ground.ts';
import { messageCount, takeMessages } from '../../test/queue.ts';
import {
  CLOUDEVENTS_JSON,
  connectAmqp,
  connectMongo,
  consumeEvents,
  createInbox,
  newEvent,
  Poison,
} from '../index.ts';
import type { CloudEvent, EventHandler, Inbox, RunningService } from '../index.ts';
import { declareTopology } from '../testing/index.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

type Handler = EventHandler<'patient.registered'>;

describe('consuming events', () => {
  let ground: Ground;
  const services: RunningService[] = [];

  beforeAll(async () => {
    ground = await startGround();
  }, 120_000);
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(async () => {
    await ground.stop();
  });

  const consumer = async (name: string, handler: (inbox: Inbox) => Handler): Promise<RunningService> => {
    await declareTopology(ground.rabbit.uri, {
      service: name,
      consumes: ['patient.registered', 'patient.updated'],
    });
    const service = await ground.start(name, async (ctx) => {
      const amqp = connectAmqp(ctx);
      const mongo = await connectMongo(ctx);
      const inbox = await createInbox(ctx, { mongo });
      consumeEvents(ctx, { amqp, maxAttempts: 3, handlers: { 'patient.registered': handler(inbox) } });
      return {};
    });
    services.push(service);
    return service;
  };
  const send = async (queue: string, content: Buffer, messageId: string = randomUUID()): Promise<void> => {
    const connection = await amqplib.connect(ground.rabbit.uri);
    const channel = await connection.createConfirmChannel();
    channel.sendToQueue(queue, content, { messageId, contentType: CLOUDEVENTS_JSON, persistent: true });
    await channel.waitForConfirms();
    await connection.close();
  };
  const registered = (): CloudEvent => {
    const patientId = randomUUID();
    return newEvent('identity', 'patient.registered', { subject: patientId, data: { patientId } });
  };
  const bytes = (event: object): Buffer => Buffer.from(JSON.stringify(event));
  const metrics = async ({ adminUrl }: RunningService): Promise<string> =>
    (await fetch(`${adminUrl}/metrics`)).text();

  it('retries a failure through the retry queue with its attempt, and acknowledges what succeeds', async () => {
    const attempts: number[] = [];
    const service = await consumer('retrying', () => (_event, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new TypeError('not now');
      return Promise.resolve('ok');
    });
    await send('retrying', bytes(registered()));
    await until(async () => (await metrics(service)).includes('event="patient.registered",result="ok"} 1'), {
      what: 'the third attempt',
    });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await metrics(service)).toContain('event="patient.registered",result="retried"} 2');
    expect(await messageCount(ground.rabbit.uri, 'retrying')).toBe(0);
    expect(await messageCount(ground.rabbit.uri, 'retrying.dead')).toBe(0);
  });

  it('sends what can never be handled to the dead-letter queue, with the reason and the very same body', async () => {
    await consumer('strict', () => (event) => {
      throw event.subject === 'exhausting' ? new TypeError('again') : new Poison('no-such-patient');
    });
    const poison = registered();
    await send('strict', bytes(poison), poison.id);
    await send('strict', Buffer.from('{ no json'));
    await send('strict', bytes({ ...registered(), type: 'nobody.knows' }));
    await send('strict', bytes({ ...registered(), data: { name: 'Waltraud' } }));
    await send(
      'strict',
      bytes(newEvent('identity', 'patient.updated', { subject: 'p', data: { patientId: 'p' } })),
    );
    await send('strict', bytes({ ...registered(), subject: 'exhausting' }));
    const dead = await takeMessages(ground.rabbit.uri, 'strict.dead', 6);
    const reasons = dead.map(({ properties: { headers } }) => headers?.['x-careplane-reason'] as string);
    expect([...reasons].sort()).toEqual([
      'attempts-exhausted:TypeError',
      'invalid-data',
      'invalid-envelope',
      'no-such-patient',
      'unexpected-event',
      'unknown-event',
    ]);
    const first = dead[reasons.indexOf('no-such-patient')];
    expect([first?.properties.messageId, first?.content.toString()]).toEqual([
      poison.id,
      JSON.stringify(poison),
    ]);
    expect(
      dead[reasons.indexOf('attempts-exhausted:TypeError')]?.properties.headers?.['x-careplane-attempt'],
    ).toBe(3);
    expect(await messageCount(ground.rabbit.uri, 'strict')).toBe(0);
  });

  it('handles an event once, however often it is delivered', async () => {
    let handled = 0;
    const service = await consumer(
      'once',
      (inbox) => async (event) =>
        inbox.once(event.id, () => {
          handled += 1;
          return Promise.resolve();
        }),
    );
    const event = registered();
    for (let i = 0; i < 5; i += 1) await send('once', bytes(event), event.id);
    await until(
      async () => (await metrics(service)).includes('event="patient.registered",result="duplicate"} 4'),
      { what: 'duplicates' },
    );
    expect(handled).toBe(1);
  });

  it('takes up its work again by itself after the broker was killed', async () => {
    const seen = new Set<string>();
    await consumer('survivor', () => (event) => {
      seen.add(event.id);
      return Promise.resolve('ok');
    });
    const [before, after] = [registered(), registered()];
    await send('survivor', bytes(before));
    await until(() => Promise.resolve(seen.has(before.id)), { what: 'the first event' });
    await ground.rabbit.kill();
    await ground.rabbit.restart();
    await send('survivor', bytes(after));
    await until(() => Promise.resolve(seen.has(after.id)), { what: 'the event after the restart' });
  }, 120_000);

  it('consumes a queue again that was deleted under it and made anew', async () => {
    const seen = new Set<string>();
    await consumer('phoenix', () => (event) => {
      seen.add(event.id);
      return Promise.resolve('ok');
    });
    const connection = await amqplib.connect(ground.rabbit.uri);
    await (await connection.createChannel()).deleteQueue('phoenix');
    await connection.close();
    await declareTopology(ground.rabbit.uri, { service: 'phoenix', consumes: ['patient.registered'] });
    const event = registered();
    await send('phoenix', bytes(event));
    await until(() => Promise.resolve(seen.has(event.id)), { what: 'the event in the new queue' });
  });

  it('finishes what it holds before it stops, and leaves the rest in the queue', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let started = 0;
    const service = await consumer('leaver', () => async () => {
      started += 1;
      await held;
      return 'ok';
    });
    for (let i = 0; i < 15; i += 1) await send('leaver', bytes(registered()));
    await until(() => Promise.resolve(started === 10), { what: 'a full prefetch' });
    const stopping = service.stop();
    // Long after the cancellation was sent: each look is a connection of its own, with a dozen round trips. (A quorum queue
    // goes on counting a cancelled consumer that holds messages, so that count tells nothing.)
    for (let looks = 0; looks < 3; looks += 1)
      await until(async () => (await messageCount(ground.rabbit.uri, 'leaver')) === 5, {
        what: 'the rest to wait',
      });
    finish();
    expect(await stopping).toBe(true);
    const left = await messageCount(ground.rabbit.uri, 'leaver');
    expect(left).toBe(15 - started);
    expect(left).toBeGreaterThan(0);
  });
});
