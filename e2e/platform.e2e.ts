import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  NAMESPACE,
  SYSTEM_NAMESPACE,
  clinicReady,
  command,
  condition,
  kubectl,
  list,
} from './src/cluster.ts';

describe('the clinic of examples/clinic', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('shows every resource Ready in kubectl get careplane -A', async () => {
    const all = await list('careplane', '-A');
    const kinds = new Set(all.map((object) => object.kind));
    expect([...kinds].sort()).toEqual([
      'EncryptedStore',
      'HealthcareService',
      'MessageBroker',
      'ObservabilityStack',
      'ScalingPolicy',
    ]);
    const notReady = all.filter((object) => condition(object, 'Ready')?.status !== 'True');
    expect(notReady.map((object) => `${object.kind}/${object.metadata.name}`)).toEqual([]);
  });

  it('runs every pod of the clinic and the operator under PodSecurity restricted', async () => {
    for (const namespace of [NAMESPACE, SYSTEM_NAMESPACE]) {
      const enforced = await kubectl(
        'get',
        'namespace',
        namespace,
        '-o',
        'jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}',
      );
      expect(enforced).toBe('restricted');
      // Re-enforcing makes the API server check the running pods; a violation is a warning on stderr.
      const verdict = await command('sh', [
        '-c',
        `kubectl label --dry-run=server --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/enforce-version=v1.36 2>&1`,
      ]);
      expect(verdict).not.toMatch(/warning|violate/i);
    }
  });

  it('scrapes every pod that asks for it', async () => {
    const stack = await list('observabilitystacks', '-n', NAMESPACE);
    for (const object of stack) expect(condition(object, 'TargetsUp')?.status).toBe('True');
  });

  it('passes helm test', async () => {
    const output = await command('helm', ['test', 'careplane', '-n', SYSTEM_NAMESPACE, '--timeout', '2m'], {
      timeoutMs: 150_000,
    });
    expect(output).toContain('Succeeded');
  }, 180_000);
});
