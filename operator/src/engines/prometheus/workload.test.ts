import { expect, it } from '@jest/globals';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import { prometheusStatefulSet } from './workload.ts';

it('a memory request above the default limit raises that: the API server refuses a pod that asks for more than it may use', () => {
  const stack = {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'ObservabilityStack',
    metadata: { name: 'o', namespace: 'n' },
    spec: { storage: { size: '1Gi' }, retention: '7d', resources: { requests: { memory: '1Gi' } } },
  } as ObservabilityStack;
  const choices = {
    image: 'prometheus:1',
    imagePullPolicy: 'Always',
    imagePullSecrets: [],
    files: [],
  };
  const { spec } = prometheusStatefulSet(stack, choices) as unknown as {
    spec: { template: { spec: { containers: { resources: unknown }[] } } };
  };
  expect(spec.template.spec.containers[0]?.resources).toEqual({
    requests: { cpu: '50m', memory: '1Gi' },
    limits: { memory: '1Gi' },
  });
});
