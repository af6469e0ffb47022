import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, command, eventually, kubectl, list } from './src/cluster.ts';

const made = 'deployments,statefulsets,services,configmaps,poddisruptionbudgets,networkpolicies,roles,pods';

/** Children of Careplane resources, by the label that all of them carry. */
async function children(): Promise<string[]> {
  const objects = await list(made, '-n', NAMESPACE, '-l', 'app.kubernetes.io/managed-by=careplane');
  return objects.map((object) => `${object.kind}/${object.metadata.name}`);
}

/** How many appointments the clinic has. */
async function count(): Promise<string> {
  return await command('scripts/demo.sh', ['--count'], { timeoutMs: 60_000 });
}

describe('kubectl delete -f examples/clinic', () => {
  beforeAll(async () => {
    await clinicReady();
    // Makes data to keep, independent of other tests.
    await command('make', ['demo', 'DEMO_FLAGS=--appointments 1'], { timeoutMs: 240_000 });
  }, 600_000);

  it('removes the children, keeps the data, and finds it when applied again', async () => {
    const volumes = await list('persistentvolumeclaims', '-n', NAMESPACE);
    const before = await count();
    expect(Number(before)).toBeGreaterThan(0);

    await kubectl('delete', '-f', 'examples/clinic', '--timeout=150s');
    await eventually('no child is left', async () => ((await children()).length === 0 ? true : undefined));
    const kept = await list('persistentvolumeclaims', '-n', NAMESPACE);
    expect(kept.map(({ metadata }) => metadata.uid).sort()).toEqual(
      volumes.map(({ metadata }) => metadata.uid).sort(),
    );

    await kubectl('apply', '-f', 'examples/clinic');
    await clinicReady();
    await eventually('the appointments are all there', async () => {
      const after = await count();
      return after === before ? true : undefined;
    });
  }, 600_000);
});
