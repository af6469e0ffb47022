import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { withToken } from '../test/stage.ts';
import type { Stage } from '../test/stage.ts';
import { useStages } from '../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const SLOW = 200;

/** A client that says how much it will send, and sends one byte. */
interface SlowClient {
  readonly socket: Socket;
  readonly heard: () => string;
}

async function startSlow(url: string, path: string, bearer: string): Promise<SlowClient> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await once(socket, 'connect');
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: clinic',
    `authorization: Bearer ${bearer}`,
    'content-type: application/json',
    'content-length: 13',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n{`);
  return { socket, heard: () => heard };
}

const REST = '"slow":true}';

describe('bodies that take their time', () => {
  const { echo, stage, ends } = useStages();

  async function open(env: Record<string, string>): Promise<Stage> {
    const one = await echo();
    // they are slow on purpose: the deadline of a request is not what ends them
    return stage({
      routes: [{ service: 'one', url: one.url, paths: ['/api'] }],
      env: { REQUEST_ARRIVAL_MS: '50000', REQUEST_TIMEOUT_MS: '50000', ...env },
    });
  }

  async function startAll({ url, token }: Stage, path: string, count: number): Promise<SlowClient[]> {
    const bearer = await token('slow');
    const clients = await Promise.all(Array.from({ length: count }, () => startSlow(url, path, bearer)));
    ends.push(() => {
      for (const { socket } of clients) socket.destroy();
      return Promise.resolve();
    });
    return clients;
  }

  async function active({ adminUrl }: Stage): Promise<number> {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    return Number(/^http_server_active_requests (\d+)/m.exec(text)?.[1] ?? 0);
  }

  it.each(['/api/x', '/graphql'])(
    'keep no place from others: 200 of them to %s, and all others are answered',
    async (path) => {
      const gateway = await open({ MAX_IN_FLIGHT: String(SLOW) });
      const clients = await startAll(gateway, path, SLOW);
      await until(async () => (await active(gateway)) === SLOW, { what: 'all to be let in' });
      const bearer = await gateway.token('other');
      const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          fetch(`${gateway.url}/api/y`, withToken(bearer, n % 2 === 0 ? {} : post)),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const [first] = clients;
      expect(clients.map(({ heard }) => heard()).join('')).toBe('');
      first?.socket.write(REST);
      await until(() => Promise.resolve(first?.heard().startsWith('HTTP/1.1 ') === true), {
        what: 'its answer',
      });
      expect(first?.heard()).toMatch(path === '/graphql' ? /^HTTP\/1.1 400 / : /^HTTP\/1.1 200 /);
    },
  );

  it('are given up, the oldest first, when there are too many of them', async () => {
    const gateway = await open({ MAX_ARRIVING: '20' });
    const clients = await startAll(gateway, '/api/x', SLOW);
    await until(() => Promise.resolve(clients.filter(({ heard }) => heard() !== '').length === SLOW - 20), {
      what: 'all but twenty to be given up',
    });
    const told = clients.map(({ heard }) => heard()).filter((heard) => heard !== '');
    expect(told.filter((heard) => !heard.startsWith('HTTP/1.1 408 '))).toEqual([]);
    const post = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${gateway.url}/api/y`, withToken(await gateway.token('other'), post));
    expect(answer.status).toBe(200);
  });
});
