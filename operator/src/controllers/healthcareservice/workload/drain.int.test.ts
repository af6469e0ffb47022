import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { DEPLOYMENTS, NAMESPACE, TestClinic } from '../fixtures/test-clinic.ts';
import type { Deployment, Pod } from '../../../k8s/types.ts';

const MINUTE = 60_000;
/** Kubernetes' own controllers take their time on a busy machine (milliseconds). */
const deadlineMs = MINUTE;

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start({ withControllerManager: true });
}, 180_000);

afterAll(async () => {
  await clinic.stop();
});

async function podsOf(service: string): Promise<Pod[]> {
  const path = `${NAMESPACE}/pods?labelSelector=careplane.dev/service=${service}`;
  const { items } = (await clinic.server.api.demand('GET', path)) as { items: Pod[] };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** As many pods as are wanted, made by the ReplicaSet's controller. */
async function pods(service: string, count: number): Promise<Pod[]> {
  return until(
    async () => {
      const found = await podsOf(service);
      return found.length === count ? found : undefined;
    },
    { what: `${String(count)} pods of ${service}`, deadlineMs },
  );
}

/** Does what kubelet would. */
async function start({ metadata }: Pod): Promise<void> {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }];
  await clinic.mergePatch(`${NAMESPACE}/pods/${metadata.name}/status`, {
    status: { phase: 'Running', conditions },
  });
}

async function evict({ metadata }: Pod): Promise<number> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name } };
  return (await clinic.server.api.request('POST', `${NAMESPACE}/pods/${metadata.name}/eviction`, { body }))
    .status;
}

interface Budget {
  metadata: { generation: number };
  spec: { maxUnavailable: number };
  status?: { observedGeneration?: number; disruptionsAllowed: number; currentHealthy: number };
}

/** Until the disruption controller, knowing the newest budget, counts this. */
async function budget(service: string, spec: number, status: Partial<Budget['status']>): Promise<void> {
  const path = `/apis/policy/v1/namespaces/clinic/poddisruptionbudgets/${service}`;
  await until(
    async () => {
      const now = (await clinic.server.api.demand('GET', path)) as Budget;
      const isKnown = now.status?.observedGeneration === now.metadata.generation;
      const counts = Object.entries(status ?? {});
      const isSo = counts.every(([name, value]) => (now.status as Record<string, unknown>)[name] === value);
      return isKnown && isSo && now.spec.maxUnavailable === spec;
    },
    { what: `a budget of ${String(spec)} with ${JSON.stringify(status)}`, deadlineMs },
  );
}

/** The Deployment has known of its shortage for that long. */
async function ageShortage(service: string, minutes: number): Promise<void> {
  const path = `${DEPLOYMENTS}/${service}`;
  const conditions = await until(
    async () => {
      const { status } = (await clinic.server.api.demand('GET', path)) as Deployment;
      const isShort = status?.conditions?.some(
        ({ type, status: is }) => type === 'Available' && is === 'False',
      );
      return isShort === true ? status?.conditions : undefined;
    },
    { what: 'the Deployment to notice', deadlineMs },
  );
  const lastTransitionTime = new Date(Date.now() - minutes * MINUTE).toISOString();
  const aged = conditions.map((one) => (one.type === 'Available' ? { ...one, lastTransitionTime } : one));
  await clinic.mergePatch(`${path}/status`, { status: { conditions: aged } });
}

describe('a drain of a node', () => {
  it('that has no place for the pods waits however long it takes, and the service says so', async () => {
    await clinic.applyService('shop', { replicas: 2 });
    const both = await pods('shop', 2);
    await Promise.all(both.map(start));
    await budget('shop', 1, { disruptionsAllowed: 1, currentHealthy: 2 });
    const [first, second] = both as [Pod, Pod];

    expect(await evict(first)).toBe(201);
    await budget('shop', 1, { disruptionsAllowed: 0, currentHealthy: 1 });
    expect(await evict(second)).toBe(429);

    await ageShortage('shop', 16);
    const { message } = await clinic.conditionOf('shop', 'DrainsAllowed', 'PodsMissing', deadlineMs);
    expect(message).toContain('1 of 2, and at most 1 may be gone');
    await until(async () => (await reasons('shop')).includes('PodsMissing'), {
      what: 'the event',
      deadlineMs,
    });
    await budget('shop', 1, { disruptionsAllowed: 0, currentHealthy: 1 });
    expect(await evict(second)).toBe(429);

    await Promise.all((await pods('shop', 2)).map(start));
    await budget('shop', 1, { disruptionsAllowed: 1, currentHealthy: 2 });
    expect(await evict(second)).toBe(201);
  }, 300_000);
});

async function reasons(service: string): Promise<string[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/clinic/events`;
  const { items } = (await clinic.server.api.demand('GET', path)) as {
    items: { reason: string; regarding: { name: string; kind: string } }[];
  };
  return items
    .filter(({ regarding }) => regarding.kind === 'HealthcareService' && regarding.name === service)
    .map(({ reason }) => reason);
}
