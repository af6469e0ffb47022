import { afterAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, apply, condition, eventually, kubectl, list } from './src/cluster.ts';

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

describe('an edge to a service that is not there', () => {
  afterAll(async () => {
    await kubectl('delete', 'hs', 'edge-caller', 'edge-callee', '-n', NAMESPACE, '--ignore-not-found');
  });

  const edges = async (): Promise<{ status: string; message: string } | undefined> => {
    const found = (await list('hs', '-n', NAMESPACE)).find(({ metadata }) => metadata.name === 'edge-caller');
    return found && condition(found, 'EdgesResolved');
  };

  it('shows in a condition and an event, and heals when the service appears', async () => {
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
