import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { Pod } from '../../../k8s/types.ts';
import { NAMESPACE, TestClinic } from '../fixtures/test-clinic.ts';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start({ withControllerManager: true });
}, 180_000);

afterAll(async () => {
  await clinic.stop();
});

/** Does what kubelet would, for the first pod that the ReplicaSet's controller makes. */
async function startFirstPod(service: string): Promise<void> {
  const path = `${NAMESPACE}/pods?labelSelector=careplane.dev/service=${service}`;
  const [pod] = await until(
    async () => {
      const { items } = (await clinic.server.api.demand('GET', path)) as { items: Pod[] };
      return items.length === 1 ? (items as [Pod]) : undefined;
    },
    { what: 'the first pod' },
  );
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }];
  await clinic.mergePatch(`${NAMESPACE}/pods/${pod.metadata.name}/status`, {
    status: { phase: 'Running', conditions },
  });
  await clinic.conditionOf(service, 'Ready', 'Ready');
}

async function limit(kind: string, plural: string, spec: object): Promise<() => Promise<unknown>> {
  const path = `${NAMESPACE}/${plural}/small`;
  await clinic.server.api.apply(path, { apiVersion: 'v1', kind, metadata: { name: 'small' }, spec });
  return () => clinic.server.api.demand('DELETE', path);
}

/** Until then the quota refuses everything, in other words. */
async function counted(): Promise<void> {
  await until(
    async () => {
      const path = `${NAMESPACE}/resourcequotas/small`;
      const { status } = (await clinic.server.api.demand('GET', path)) as { status?: { used?: object } };
      return status?.used !== undefined;
    },
    { what: 'the quota to be counted' },
  );
}

describe('pods that the API server refuses', () => {
  it.each([
    [
      'LimitRange',
      'limitranges',
      { limits: [{ type: 'Container', max: { memory: '64Mi' } }] },
      'maximum memory',
    ],
    ['ResourceQuota', 'resourcequotas', { hard: { 'requests.memory': '100Mi' } }, 'exceeded quota'],
  ])(
    'of a rollout by a %s are told in its words, while the former version serves',
    async (kind, plural, spec, words) => {
      const name = kind.toLowerCase();
      await clinic.applyService(name);
      await startFirstPod(name);
      const lift = await limit(kind, plural, spec);
      if (kind === 'ResourceQuota') await counted();
      await clinic.applyService(name, { config: { COLOUR: 'red' } });
      const { message } = await clinic.conditionOf(name, 'RolledOut', 'PodsRefused');
      expect(message).toContain(words);
      const conditions = await clinic.conditionsOf('healthcareservices', name);
      expect(conditions.get('Available')).toMatchObject({ status: 'True' });
      expect(conditions.get('Ready')).toMatchObject({ status: 'False', reason: 'PodsRefused' });
      await lift();
      await clinic.server.api.demand(
        'DELETE',
        `/apis/careplane.dev/v1alpha1/namespaces/clinic/healthcareservices/${name}`,
      );
    },
    90_000,
  );

  it('of a first rollout are told in its words', async () => {
    await limit('LimitRange', 'limitranges', { limits: [{ type: 'Pod', max: { cpu: '1m' } }] });
    await clinic.applyService('first');
    const { message } = await clinic.conditionOf('first', 'Available', 'PodsRefused');
    expect(message).toContain('maximum cpu usage per Pod');
  }, 60_000);
});
