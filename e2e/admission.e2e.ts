import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  NAMESPACE,
  SYSTEM_NAMESPACE,
  apply,
  applyWarnings,
  condition,
  eventually,
  kubectl,
  list,
} from './src/cluster.ts';

jest.setTimeout(60_000);

const service = (name: string, spec: string): string => `
apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: ${name}, namespace: ${NAMESPACE} }
spec:
  image: localhost/careplane/mail-sink:0.1.0
  role: api
  dataClass: operational
  http: {}
  ${spec}
`;

describe('an invalid resource is refused with the path of its field', () => {
  it.each([
    ['negative replicas', service('bad', 'replicas: -1'), 'spec.replicas'],
    [
      'a broken edge name',
      service('bad', 'publishes: [{ event: "Not An Event" }]'),
      'spec.publishes[0].event',
    ],
    ['an unknown field', service('bad', 'replicsa: 1'), 'spec.replicsa'],
    [
      'an unknown engine',
      `
apiVersion: careplane.dev/v1alpha1
kind: EncryptedStore
metadata: { name: bad, namespace: ${NAMESPACE} }
spec: { engine: oracle, members: 1, storage: { size: 1Gi } }
`,
      'spec.engine',
    ],
  ])('%s', async (_what, yaml, path) => {
    await expect(apply(yaml)).rejects.toThrow(path);
  });
});

describe('rules that need the other objects', () => {
  afterAll(async () => {
    await kubectl('delete', 'hs', 'edge-warned', '-n', NAMESPACE, '--ignore-not-found');
  });

  it('admits an edge without another end, with a warning that names its path', async () => {
    const warnings = await applyWarnings(service('edge-warned', 'calls: [{ service: nobody }]'));
    expect(warnings).toContain('Warning: spec.calls[0].service: there is no HealthcareService nobody yet');
  });

  it.each([
    [
      'named like a store',
      service('clinic-db', 'replicas: 1'),
      'metadata.name: EncryptedStore clinic-db owns',
    ],
    ['named like what Kubernetes has', service('default', 'replicas: 1'), 'metadata.name'],
    [
      "that mounts a store's own Secret",
      service('thief', 'secrets: [{ name: clinic-db-keyfile }]'),
      'spec.secrets[0].name',
    ],
  ])('refuses a service %s', async (_what, yaml, path) => {
    await expect(apply(yaml)).rejects.toThrow(path);
  });

  it('refuses a second ScalingPolicy for one service', async () => {
    const policy = `
apiVersion: careplane.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: second, namespace: ${NAMESPACE} }
spec: { target: { service: appointments }, min: 1, max: 2, cpu: { utilization: 50 } }
`;
    await expect(apply(policy)).rejects.toThrow('spec.target.service');
  });
});

describe('while no operator runs', () => {
  const operator = ['deployment/careplane-operator', '-n', SYSTEM_NAMESPACE];

  beforeAll(async () => {
    await apply(service('lonely', 'replicas: 1'));
    await kubectl('scale', ...operator, '--replicas=0');
    await kubectl(
      ...['wait', 'pods', '-n', SYSTEM_NAMESPACE, '-l', 'app.kubernetes.io/name=careplane-operator'],
      ...['--for=delete', '--timeout=90s'],
    );
  }, 180_000);

  afterAll(async () => {
    await kubectl('scale', ...operator, '--replicas=2');
    await kubectl('rollout', 'status', ...operator, '--timeout=170s');
    await kubectl('delete', 'hs', 'lonely', 'late', '-n', NAMESPACE, '--ignore-not-found');
    await kubectl('delete', 'configmap', 'free', '-n', NAMESPACE, '--ignore-not-found');
    await eventually('services are judged again', async () => {
      const warnings = await applyWarnings(service('edge-warned', 'calls: [{ service: nobody-else }]'));
      return warnings.includes('nobody-else') ? true : undefined;
    });
    await kubectl('delete', 'hs', 'edge-warned', '-n', NAMESPACE, '--ignore-not-found');
  }, 360_000);

  it('refuses new services, and names the webhook', async () => {
    await expect(apply(service('late', 'replicas: 1'))).rejects.toThrow('validate.careplane.dev');
  });

  it('admits labels, deletions and other kinds', async () => {
    await kubectl('label', 'hs', 'lonely', '-n', NAMESPACE, 'team=x');
    await kubectl('create', 'configmap', 'free', '-n', NAMESPACE);
    await kubectl('delete', 'hs', 'lonely', '-n', NAMESPACE, '--timeout=60s');
    expect((await list('hs', '-n', NAMESPACE)).map(({ metadata }) => metadata.name)).not.toContain('lonely');
  });
});

describe('an edge to a service that does not exist', () => {
  afterAll(async () => {
    await kubectl('delete', 'hs', 'edge-caller', 'edge-callee', '-n', NAMESPACE, '--ignore-not-found');
  });

  const edges = async (): Promise<{ status: string; message: string } | undefined> => {
    const found = (await list('hs', '-n', NAMESPACE)).find(({ metadata }) => metadata.name === 'edge-caller');
    return found && condition(found, 'EdgesResolved');
  };

  it('is reported by a condition and an Event, and resolves when the service appears', async () => {
    await apply(service('edge-caller', 'calls: [{ service: edge-callee }]'));
    const dangling = await eventually('EdgesResolved is False', async () => {
      const judged = await edges();
      return judged?.status === 'False' ? judged : undefined;
    });
    expect(dangling.message).toContain('edge-callee');
    await eventually('an event names the dangling edge', async () => {
      const events = await kubectl('events', '-n', NAMESPACE, '--for', 'hs/edge-caller');
      return events.includes('edge-callee') ? true : undefined;
    });

    await apply(service('edge-callee', 'replicas: 1'));
    await eventually('EdgesResolved is True', async () =>
      (await edges())?.status === 'True' ? true : undefined,
    );
  }, 180_000);
});
