import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, command, list, processesOfPod } from '../src/cluster.ts';

// TEST-NET-1..3 (RFC 5737) stand for the internet: were there a way out, a connect to them would not fail at once
// with "unreachable", and no host of anybody's is behind them.
const DOCUMENTATION_ADDRESSES = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];

/** Tries one TCP connect from inside a pod's network namespace; answers `connected` or the reason why not. */
async function connectFrom(pid: number, host: string, port: number): Promise<string> {
  const program = `const s=require('net').connect({host:'${host}',port:${port}});
    s.setTimeout(1500,()=>{console.log('timeout');process.exit()});
    s.on('connect',()=>{console.log('connected');process.exit()});
    s.on('error',e=>{console.log(e.code);process.exit()});`;
  const output = await command('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', program]);
  return output.trim();
}

describe('no clinic pod reaches anything outside the cluster', () => {
  let listener: Server;
  const addresses: { host: string; port: number }[] = [];

  beforeAll(async () => {
    // A real listener on every address of this machine: what does not answer is blocked, not merely absent.
    listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    const { port } = listener.address() as AddressInfo;
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family, internal } of own)
      if (family === 'IPv4' && !internal) addresses.push({ host: address, port });
    for (const host of DOCUMENTATION_ADDRESSES) addresses.push({ host, port: 443 });
  });

  afterAll(() => {
    listener.close();
  });

  it('neither this machine nor the internet answers any of them', async () => {
    const pods = (await list('pods', '-n', NAMESPACE)).filter((pod) => pod.status?.phase === 'Running');
    expect(pods.length).toBeGreaterThan(5);
    expect(addresses.length).toBeGreaterThan(DOCUMENTATION_ADDRESSES.length);
    for (const pod of pods) {
      const [pid] = await processesOfPod(pod.metadata.uid);
      if (pid === undefined) throw new Error(`no process of pod ${pod.metadata.name} on this machine`);
      const answers = await Promise.all(
        addresses.map(async ({ host, port }) => `${host} ${await connectFrom(pid, host, port)}`),
      );
      expect(answers.filter((answer) => answer.endsWith('connected'))).toEqual([]);
    }
  }, 180_000);
});
