import { describe, expect, it } from '@jest/globals';
import type { LiveReader } from '../runtime/controller.ts';
import { aDeployment } from '../controllers/healthcareservice/fixtures/objects.ts';
import { mayTakeReplicas } from './foreign-autoscaler.ts';

const scaled = [{ manager: 'kube-controller-manager/scale', fields: ['.spec.replicas'] }];
const edited = [{ manager: 'kubectl-edit', fields: ['.spec.template.spec.hostNetwork'] }];

/** The namespace's autoscalers, of which the cache has not heard; `asked` counts the lists. */
function namespaceWith(...targets: { kind: string; name: string }[]): { live: LiveReader; asked: string[] } {
  const asked: string[] = [];
  const autoscalers = targets.map((scaleTargetRef, index) => ({
    metadata: { name: `autoscaler-${String(index)}` },
    spec: { scaleTargetRef },
  }));
  const list = (_type: unknown, namespace: string): Promise<unknown> => {
    asked.push(namespace);
    return Promise.resolve(autoscalers);
  };
  return { live: { list } as unknown as LiveReader, asked };
}

describe('replicas that somebody else has written', () => {
  const child = { ...aDeployment('a', 2), metadata: { name: 'a', namespace: 'n' } };

  it('are taken back when no autoscaler targets the Deployment', async () => {
    const { live, asked } = namespaceWith({ kind: 'Deployment', name: 'b' });
    expect(await mayTakeReplicas(child, [...edited, ...scaled], { live })).toBe(true);
    expect(asked).toEqual(['n']);
  });

  it('stand where one targets it, of which the cache may not know yet', async () => {
    const { live } = namespaceWith({ kind: 'Deployment', name: 'a' });
    expect(await mayTakeReplicas(child, [...edited, ...scaled], { live })).toBe(false);
  });

  it('are taken back where one targets the service itself: that one writes the service', async () => {
    const { live } = namespaceWith({ kind: 'HealthcareService', name: 'a' });
    expect(await mayTakeReplicas(child, scaled, { live })).toBe(true);
  });

  it('cost nothing where another field, or another kind, is meant', async () => {
    const { live, asked } = namespaceWith({ kind: 'Deployment', name: 'a' });
    expect(await mayTakeReplicas(child, edited, { live })).toBe(true);
    expect(await mayTakeReplicas({ ...child, kind: 'Service' }, scaled, { live })).toBe(true);
    expect(asked).toEqual([]);
  });
});
