import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { startBalancer } from '../../test/balancer.ts';
import type { Balancer } from '../../test/balancer.ts';
import { moreOf, startLoad } from '../../test/load.ts';

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

  async function startPod(shutdownDelayMs: number): Promise<Pod> {
    const env = { PORT: '0', ADMIN_PORT: '0', ANSWER_MS: '10', SHUTDOWN_DELAY_MS: String(shutdownDelayMs) };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [, adminPort, port] = await until(
      () => Promise.resolve(/"adminPort":(\d+).*"message":"started","port":(\d+)/.exec(output) ?? undefined),
      { what: 'the service to start', deadlineMs: 60_000 },
    );
    return { child, port: Number(port), adminUrl: `http://127.0.0.1:${adminPort ?? ''}` };
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

  /** As Kubernetes does: readiness goes, then new connections; the pod hears of its end at the same moment. */
  async function end({ child, port, adminUrl }: Pod): Promise<unknown> {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 503, {
      what: 'unreadiness',
      everyMs: 5,
    });
    balancer.remove(port);
    return (await exited)[0];
  }

  it('loses no request, neither what may be repeated nor what may not', async () => {
    const pods = await Promise.all([startPod(1_000), startPod(1_000)]);
    for (const { port } of pods) balancer.add(port);
    let turn = 0;
    const load = startLoad(16, () => send((turn += 1) % 2 === 0 ? 'GET' : 'POST'));
    await moreOf(load, 50);
    for (const old of pods) {
      const next = await startPod(1_000); // surge before drop
      balancer.add(next.port);
      expect(await end(old)).toBe(0);
      await moreOf(load, 50);
    }
    expect(await load.end()).toEqual([]);
  });
});
