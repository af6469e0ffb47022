import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { startBalancer } from '../../test/balancer.ts';
import type { Balancer } from '../../test/balancer.ts';
import { moreOf, startLoad } from '../../test/load.ts';
import { startTestIssuer } from '../testing/issuer.ts';

// Four processes start, on a busy machine of two cores.
jest.setTimeout(300_000);

const MAIN = join(import.meta.dirname, '..', '..', 'test', 'slow-service.ts');

interface Pod {
  readonly child: ChildProcess;
  readonly port: number;
  readonly adminUrl: string;
}

describe('a service that is replaced under load', () => {
  const children: ChildProcess[] = [];
  let balancer: Balancer;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  beforeEach(async () => {
    balancer = await startBalancer();
  });
  afterEach(() => {
    agent.destroy();
    balancer.stop();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function startPod(shutdownDelayMs: number, more: Record<string, string> = {}): Promise<Pod> {
    const SHUTDOWN_DELAY_MS = String(shutdownDelayMs);
    const env = { PORT: '0', ADMIN_PORT: '0', ANSWER_MS: '10', SHUTDOWN_DELAY_MS, ...more };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [, adminPort, port] = await until(
      () => Promise.resolve(/"adminPort":(\d+).*"message":"started","port":(\d+)/.exec(output) ?? undefined),
      { what: 'the service to start', deadlineMs: 60_000 },
    );
    const adminUrl = `http://127.0.0.1:${adminPort ?? ''}`;
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 200, {
      what: 'readiness',
      everyMs: 5,
    });
    return { child, port: Number(port), adminUrl };
  }

  /**
   * As the gateway sends: what may be repeated over kept connections, once more when such a one was closed under it
   * (https://nodejs.org/api/http.html#requestreusedsocket); what may not be repeated over a fresh one, and never again.
   */
  function send(method: 'GET' | 'POST'): Promise<void> {
    const isKept = method === 'GET';
    return new Promise((resolve, reject) => {
      const sent = request(`${balancer.url}/slow`, { agent: isKept ? agent : false, method }, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`answered ${String(response.statusCode)}`));
        });
      });
      sent.once('error', (error: NodeJS.ErrnoException) => {
        if (isKept && sent.reusedSocket && error.code === 'ECONNRESET') send(method).then(resolve, reject);
        else reject(error);
      });
      sent.end();
    });
  }

  /**
   * As Kubernetes does: readiness goes, then new connections; the pod hears of its end at the same moment.
   * @param endpointsMs how long it takes until connections are no longer sent there
   */
  async function end({ child, port, adminUrl }: Pod, endpointsMs = 0): Promise<unknown> {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 503, {
      what: 'unreadiness',
      everyMs: 5,
    });
    await delay(endpointsMs);
    balancer.remove(port);
    return (await exited)[0];
  }

  it('loses no request, neither what may be repeated nor what may not', async () => {
    const pods = await Promise.all([startPod(3_000), startPod(3_000)]);
    for (const { port } of pods) balancer.add(port);
    let turn = 0;
    const load = startLoad(16, () => send((turn += 1) % 2 === 0 ? 'GET' : 'POST'));
    await moreOf(load, 50);
    for (const old of pods) {
      const next = await startPod(3_000); // surge before drop
      balancer.add(next.port);
      expect(await end(old)).toBe(0);
      await moreOf(load, 50);
    }
    expect(await load.end()).toEqual([]);
  });

  it('loses none either when connections are sent to it for longer than it was told to wait', async () => {
    const [old, other] = await Promise.all([startPod(5_000), startPod(5_000)]);
    for (const { port } of [old, other]) balancer.add(port);
    let turn = 0;
    const load = startLoad(16, () => send((turn += 1) % 2 === 0 ? 'GET' : 'POST'));
    await moreOf(load, 50);
    expect(await end(old, 8_000)).toBe(0); // between the delay and the end of the linger: 5 s and 15 s
    await moreOf(load, 50);
    expect(await load.end()).toEqual([]);
  });

  it('refuses no token from the first request on, although the issuer takes its time to say its keys', async () => {
    const issuer = await startTestIssuer();
    const slow = createServer((req, res) => {
      setTimeout(() => void pipe(`${issuer.url}${req.url ?? ''}`, res), 3_000);
    });
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address() as AddressInfo;
    const pod = await startPod(0, { CALLS_IDENTITY_URL: `http://127.0.0.1:${String(port)}` });
    const authorization = `Bearer ${await issuer.userToken({ sub: 'p', role: 'patient' })}`;
    const answers = Array.from({ length: 50 }, () =>
      fetch(`http://127.0.0.1:${String(pod.port)}/mine`, { headers: { authorization } }),
    );
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    slow.close();
    slow.closeAllConnections();
    await issuer.stop();
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

async function pipe(url: string, res: ServerResponse): Promise<void> {
  const answer = await fetch(url);
  res.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}
