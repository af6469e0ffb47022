import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, type Resource } from '../src/cluster.ts';
import { lookInto, stayingPods } from '../src/pods.ts';
import { alwaysThere, workloadOf } from './policies/declared.ts';
import { connectFrom, processOf, type Target } from './policies/probe.ts';

// TEST-NET-1..3 (RFC 5737) stand for the internet: were there a way out, a connect to them would not fail at once
// with "unreachable", and no host of anybody's is behind them.
const DOCUMENTATION_ADDRESSES = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const NOBODY_LISTENS = 9;

describe('no clinic pod reaches anything outside the cluster', () => {
  let listener: Server;
  let resources: Resource[];
  const addresses: Target[] = [];

  beforeAll(async () => {
    // A real listener on every address of this machine: what does not answer is blocked, not merely absent.
    listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    const { port } = listener.address() as AddressInfo;
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family, internal } of own)
      if (family === 'IPv4' && !internal) addresses.push({ host: address, port });
    for (const host of DOCUMENTATION_ADDRESSES) addresses.push({ host, port: 443 });
    resources = await clinicReady();
  }, 300_000);

  afterAll(() => {
    listener.close();
  });

  it('neither this machine nor the internet answers any of them', async () => {
    expect(addresses.length).toBeGreaterThan(DOCUMENTATION_ADDRESSES.length);
    const pods = (await stayingPods(NAMESPACE)).filter(({ status }) => status?.podIP !== undefined);
    const looks = await lookInto(pods, async ({ metadata, status }) => {
      const itself = { host: status?.podIP ?? '', port: NOBODY_LISTENS };
      return await connectFrom(await processOf(metadata.uid), [itself, ...addresses], 1500);
    });

    const reached = looks.filter(({ found: [, ...others] }) => others.includes('connected'));
    expect(reached.map(({ pod }) => pod.metadata.name)).toEqual([]);
    // It was tried from inside of that pod, whose own answer is told from silence; a worker may go meanwhile, nobody else.
    const tried = looks.filter(({ found: [itself], stayed }) => stayed && itself === 'refused');
    const needed = alwaysThere(resources);
    expect(needed.length).toBeGreaterThan(5);
    expect(tried.map(({ pod }) => workloadOf(pod))).toEqual(expect.arrayContaining(needed));
  }, 180_000);
});
