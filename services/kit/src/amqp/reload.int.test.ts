import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startRabbit, until } from '@careplane/testing';
import type { RunningRabbit } from '@careplane/testing';
import { metricOf, startOn } from '../../test/ground.ts';
import { messageCount } from '../../test/queue.ts';
import { moreOf, startLoad } from '../../test/load.ts';
import { connectAmqp } from '../index.ts';
import type { Amqp, RunningService } from '../index.ts';
import { createTestBindings, declareTopology, rabbitmqEntries } from '../testing/index.ts';
import type { TestBindings } from '../testing/index.ts';

jest.setTimeout(180_000);

describe('a rabbitmq binding that changes under load', () => {
  let rabbit: RunningRabbit;
  let bindings: TestBindings;
  let service: RunningService;
  let amqp: Amqp;
  /** Every message that was delivered, with how often. */
  const delivered = new Map<string, number>();

  beforeAll(async () => {
    rabbit = await startRabbit();
    await declareTopology(rabbit.uri, { service: 'listener', consumes: ['patient.registered'] });
    for (const user of ['listener', 'listener-b']) await makeUser(user);
    bindings = createTestBindings();
    bindings.write('broker', entries('listener', 'listener-password'));
    let connected: Amqp | undefined;
    service = await startOn(bindings, 'listener', (ctx) => {
      connected = connectAmqp(ctx);
      connected.consume({
        queue: 'listener',
        prefetch: 10,
        async deliver({ properties }): Promise<boolean> {
          const id = String(properties.messageId);
          await new Promise((resolve) => setImmediate(resolve)); // held for a moment, as a handler does
          delivered.set(id, (delivered.get(id) ?? 0) + 1);
          return true;
        },
      });
      return {};
    });
    if (!connected) throw new Error('started');
    amqp = connected;
    await until(() => Promise.resolve(amqp.connected), { what: 'the connection' });
  });
  afterAll(async () => {
    await service.stop();
    bindings.remove();
    await rabbit.stop();
  });

  async function manage(method: string, path: string, body?: object): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${rabbit.username}:${rabbit.password}`).toString('base64')}`;
    const answer = await fetch(`${rabbit.managementUrl}/api/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)}`);
    return answer;
  }
  async function makeUser(user: string, password = `${user}-password`): Promise<void> {
    await manage('PUT', `users/${user}`, { password, tags: '' });
    await manage('PUT', `permissions/%2F/${user}`, { configure: '^$', write: '.*', read: '.*' });
  }
  const entries = (username: string, password: string): Record<string, string> =>
    rabbitmqEntries({ ...rabbit, username, password });
  const reloads = (result: string): Promise<number> =>
    metricOf(service, `careplane_binding_reloads_total{binding="rabbitmq",result="${result}"}`);
  async function usersAtWork(): Promise<string[]> {
    const connections = (await (await manage('GET', 'connections')).json()) as { user?: string }[];
    return [...new Set(connections.map(({ user = '' }) => user))].filter((user) => user !== rabbit.username);
  }
  const sent: string[] = [];
  async function send(): Promise<void> {
    const messageId = randomUUID();
    await amqp.publish({
      exchange: 'careplane.events',
      routingKey: 'patient.registered',
      messageId,
      contentType: 'application/json',
      content: Buffer.from('{}'),
    });
    sent.push(messageId);
  }
  async function allOnce(): Promise<void> {
    await until(() => Promise.resolve(sent.every((id) => delivered.has(id))), { what: 'every message' });
    expect([...delivered.values()].filter((times) => times !== 1)).toEqual([]);
    expect(await messageCount(rabbit.uri, 'listener')).toBe(0);
  }

  it('moves to another user: every publish is confirmed, every message delivered once, the old user at work no more', async () => {
    const load = startLoad(8, send);
    await moreOf(load, 50);
    bindings.write('broker', entries('listener-b', 'listener-b-password'));
    await until(async () => (await reloads('ok')) === 1, { what: 'the move' });
    await manage('DELETE', 'users/listener'); // closes what connections it still has
    await moreOf(load, 100);
    expect(await load.end()).toEqual([]);
    await allOnce();
    await until(async () => (await usersAtWork()).join() === 'listener-b', { what: 'one user' });
  });

  it('stays on the last good one while the new one is refused, and moves once it is taken', async () => {
    const load = startLoad(8, send);
    bindings.write('broker', entries('listener', 'made-too-early'));
    await until(async () => (await reloads('refused')) > 0, { what: 'the refusal' });
    await moreOf(load, 50);
    await makeUser('listener', 'made-too-early');
    await until(async () => (await reloads('ok')) === 2, { what: 'the move' });
    await moreOf(load, 50);
    expect(await load.end()).toEqual([]);
    await allOnce();
  });
});
