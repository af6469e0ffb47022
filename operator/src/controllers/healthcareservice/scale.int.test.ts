import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import { DEPLOYMENTS, OWN, TestClinic } from './fixtures/test-clinic.ts';

const AUTOSCALERS = '/apis/autoscaling/v2/namespaces/clinic/horizontalpodautoscalers';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 120_000);

afterAll(async () => {
  await clinic.stop();
});

interface Scale {
  spec: { replicas: number };
  status: { replicas: number; selector?: string };
}

async function scaleOf(service: string): Promise<Scale> {
  return (await clinic.server.api.demand('GET', `${OWN}/healthcareservices/${service}/scale`)) as Scale;
}

/** What `kubectl scale hs` and an autoscaler of the kind do. */
async function scale(service: string, replicas: number): Promise<void> {
  await clinic.mergePatch(`${OWN}/healthcareservices/${service}/scale`, { spec: { replicas } });
}

async function autoscale(kind: 'Deployment' | 'HealthcareService', name: string): Promise<void> {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'careplane.dev/v1alpha1';
  await clinic.server.api.apply(`${AUTOSCALERS}/${name}`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: { apiVersion, kind, name }, maxReplicas: 9 },
  });
}

async function becomes(service: string, replicas: number): Promise<void> {
  await until(async () => (await clinic.replicasOf(service)) === replicas, {
    what: `${service} to have ${String(replicas)} replicas`,
  });
}

/** Who has written `spec.replicas` of a Deployment, and how. */
async function writersOfReplicas(service: string): Promise<string[]> {
  const { metadata } = (await clinic.server.api.demand('GET', `${DEPLOYMENTS}/${service}`)) as KubeObject;
  return (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1?.['f:spec'] ?? {}).includes('"f:replicas"'))
    .map(({ manager = '', operation = '' }) => `${operation} ${manager}`);
}

/** The service says what the autoscaler of its Deployment has decided, and no longer holds the field itself. */
async function follows(service: string): Promise<void> {
  await until(
    async () => {
      const path = `${OWN}/healthcareservices/${service}`;
      const { status } = (await clinic.server.api.demand('GET', path)) as HealthcareService;
      const writers = await writersOfReplicas(service);
      return status?.replicas === 7 && !writers.some((writer) => writer.startsWith('Apply'));
    },
    { what: `${service} to follow and to let the field go` },
  );
}

describe('the scale subresource of HealthcareService', () => {
  it('is what kubectl scale writes, and tells autoscalers the pods and how many there are', async () => {
    await clinic.applyService('api', { replicas: 2 });
    await becomes('api', 2);
    await scale('api', 3);
    await becomes('api', 3);
    await until(async () => (await scaleOf('api')).status.replicas === 3, { what: 'the status to follow' });
    expect(await scaleOf('api')).toMatchObject({
      spec: { replicas: 3 },
      status: { selector: 'careplane.dev/service=api' },
    });
    const { status } = await clinic.server.api.request('PATCH', `${OWN}/healthcareservices/api/scale`, {
      body: { spec: { replicas: 101 } },
      contentType: 'application/merge-patch+json',
    });
    expect(status).toBe(422);
  }, 60_000);

  it('decides where an autoscaler targets the service, and the ScalingPolicy says that it stands back', async () => {
    await clinic.applyService('both', { replicas: 1 });
    const spec = { target: { service: 'both' }, min: 2, max: 3, cpu: { utilization: 50 } };
    await clinic.applyOwn('ScalingPolicy', 'scalingpolicies', 'both', spec);
    await becomes('both', 2);
    await autoscale('HealthcareService', 'both');
    await until(
      async () => {
        const owner = (await clinic.conditionsOf('scalingpolicies', 'both')).get('SoleOwner');
        return owner?.reason === 'ForeignAutoscaler';
      },
      { what: 'the policy to stand back' },
    );
    await scale('both', 5);
    await becomes('both', 5);
  }, 60_000);
});

describe('an autoscaler of the Deployment', () => {
  it('is not undone either when its first decision is seen before the autoscaler itself', async () => {
    const services = Array.from({ length: 12 }, (_, index) => `hasty-${String(index)}`);
    await Promise.all(
      services.map(async (service) => {
        await clinic.applyService(service, { replicas: 2 });
        await becomes(service, 2);
      }),
    );
    await Promise.all(
      services.map(async (service) => {
        await autoscale('Deployment', service);
        await clinic.mergePatch(`${DEPLOYMENTS}/${service}/scale`, { spec: { replicas: 7 } });
      }),
    );
    await Promise.all(services.map(follows));
    expect(await Promise.all(services.map((service) => clinic.replicasOf(service)))).toEqual(
      services.map(() => 7),
    );
  }, 60_000);

  it('has the field to itself once it has written it, and what it has decided is never undone', async () => {
    await clinic.applyService('theirs', { replicas: 2 });
    await becomes('theirs', 2);
    await autoscale('Deployment', 'theirs');
    await clinic.mergePatch(`${DEPLOYMENTS}/theirs/scale`, { spec: { replicas: 7 } });
    await follows('theirs');
    expect(await clinic.replicasOf('theirs')).toBe(7);
    // A write of ours for another reason leaves it as it is.
    await clinic.applyService('theirs', { replicas: 2, config: { COLOUR: 'red' } });
    await until(
      async () =>
        JSON.stringify(await clinic.server.api.demand('GET', `${DEPLOYMENTS}/theirs`)).includes('COLOUR'),
      { what: 'the change of the configuration' },
    );
    expect(await clinic.replicasOf('theirs')).toBe(7);
    await clinic.server.api.demand('DELETE', `${AUTOSCALERS}/theirs`);
    await becomes('theirs', 2);
  }, 60_000);
});
