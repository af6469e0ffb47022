import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, type Resource } from '../src/cluster.ts';
import { lookInto, stayingPods } from '../src/pods.ts';
import { alwaysThere, workloadOf } from './policies/declared.ts';
import { connectFrom, processOf, type Target } from './policies/probe.ts';

// TEST-NET-1..3 (RFC 5737) stand for the internet. Without a route a connect fails at once with "unreachable"; no real
// host has these addresses.
const DOCUMENTATION_ADDRESSES = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const NOBODY_LISTENS = 9;

describe('no clinic pod reaches anything outside the cluster', () => {
  let listener: Server;
  let resources: Resource[];
  const addresses: Target[] = [];

  beforeAll(async () => {
    // A listener on every address of this machine: a missing answer then means that the connection is blocked.
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
    // The pod's own address answered, so the attempt was made from inside the pod. Only workers may end meanwhile.
    const tried = looks.filter(({ found: [itself], stayed }) => stayed && itself === 'refused');
    const needed = alwaysThere(resources);
    expect(needed.length).toBeGreaterThan(5);
    expect(tried.map(({ pod }) => workloadOf(pod))).toEqual(expect.arrayContaining(needed));
  }, 180_000);
});
