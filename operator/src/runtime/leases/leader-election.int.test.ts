import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { clinic, clinicDefinition, clinicPath, type Clinic } from '../fixtures/clinic.ts';
import type { Lease } from './lease.ts';

const CHILD = '/api/v1/namespaces/default/secrets/hung';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/election';

let server: RunningApiServer;
let candidates: ChildProcess[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
}, 120_000);

afterEach(async () => {
  for (const candidate of candidates) await end(candidate, 'SIGKILL');
  candidates = [];
  await server.api.request('DELETE', LEASE);
});

afterAll(async () => {
  await server.stop();
});

/** An operator in a process of its own, that can be killed. Resolves when it serves. */
async function candidate(identity: string, ...mode: string[]): Promise<ChildProcess> {
  const program = join(import.meta.dirname, '..', 'fixtures', 'candidate.ts');
  const child = spawn(process.execPath, [program, server.kubeconfigPath, identity, ...mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  candidates.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  return child.exitCode;
}

function holder(): Promise<string> {
  return server.api
    .request('GET', LEASE)
    .then(({ status, body }) => (status === 200 ? ((body as Lease).spec?.holderIdentity ?? '') : ''));
}

function leads(identity: string, deadlineMs = 30_000): Promise<unknown> {
  return until(async () => (await holder()) === identity, { what: `${identity} to lead`, deadlineMs });
}

async function reconciles(name: string, deadlineMs = 10_000): Promise<void> {
  await server.api.apply(clinicPath(name), clinic(name, { message: name }));
  await until(
    async () => {
      const object = (await server.api.demand('GET', clinicPath(name))) as Clinic;
      return object.status?.observedGeneration === object.metadata.generation;
    },
    { what: `${name} to be reconciled`, deadlineMs },
  );
}

async function writesOf(identity: string): Promise<number> {
  const writes = await server.writes({ userAgent: `careplane-${identity}` });
  return writes.filter(({ resource }) => resource !== 'leases').length;
}

describe('two operators', () => {
  it('after kill -9 of the leader the other one takes over and reconciles within 15 s', async () => {
    const first = await candidate('a1');
    await leads('a1');
    await candidate('b1');
    await reconciles('before');
    expect(await writesOf('b1')).toBe(0);
    await end(first, 'SIGKILL');
    const killedAt = performance.now();
    await reconciles('after', 20_000);
    expect(await holder()).toBe('b1');
    expect(performance.now() - killedAt).toBeLessThan(15_000);
  }, 60_000);

  it('on SIGTERM the leader releases the lease, ends with 0, and the other one leads long before it would have run out', async () => {
    const first = await candidate('a2');
    await leads('a2');
    await candidate('b2');
    expect(await end(first, 'SIGTERM')).toBe(0);
    await leads('b2', 9_000);
  }, 60_000);

  it('a leader that was stopped beyond its lease writes nothing when it wakes, and does not lead', async () => {
    const first = await candidate('a3');
    await leads('a3');
    await candidate('b3');
    await reconciles('asleep');
    first.kill('SIGSTOP');
    await leads('b3');
    const before = await writesOf('a3');
    await server.api.apply(clinicPath('asleep'), clinic('asleep', { message: 'changed' }));
    first.kill('SIGCONT');
    await reconciles('awake');
    await until(async () => (await holder()) === 'b3', { what: 'b3 to keep the lease' });
    expect(await writesOf('a3')).toBe(before);
    expect(await end(first, 'SIGTERM')).toBe(0);
  }, 60_000);

  it('a leader whose work goes on without its lease is not alive any more, and ends with an error', async () => {
    const first = await candidate('a4', 'hanging');
    await leads('a4');
    await server.api.apply(clinicPath('hung'), clinic('hung', { message: 'hung' }));
    await until(async () => (await server.api.request('GET', CHILD)).status === 200, {
      what: 'the reconcile to be about to act',
    });
    const exit = once(first, 'exit');
    await server.api.demand('PATCH', LEASE, {
      body: { spec: { holderIdentity: 'thief' } },
      contentType: 'application/merge-patch+json',
    });
    expect(await exit).toEqual([1, null]);
    expect(await holder()).toBe('thief');
  }, 60_000);
});
