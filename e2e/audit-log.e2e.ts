import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCluster } from '@careplane/demo';
import type { Cluster } from '@careplane/demo';
import { cosignatureOf, openCheckpoint, parseVerifierKey } from '@careplane/tlog';
import type { SignedCheckpoint, VerifierKey } from '@careplane/tlog';
import {
  NAMESPACE,
  SYSTEM_NAMESPACE,
  clinicReady,
  command,
  condition,
  eventually,
  kubeconfig,
  list,
} from './src/cluster.ts';

const ASKING_MS = 20_000;

describe('the audit log of the clinic', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    await clinicReady();
    await command('make', ['demo', 'DEMO_FLAGS=--appointments 1'], { timeoutMs: 240_000 });
    cluster = await openCluster(kubeconfig, ASKING_MS);
  }, 600_000);
  afterAll(() => cluster.close());

  const ask = (service: string, path: string): Promise<string> => cluster.ask(NAMESPACE, service, path);

  async function witnessKey(): Promise<VerifierKey> {
    return parseVerifierKey((await ask('witness', '/vkey')).trim());
  }

  it('is published under a checkpoint that the witness has cosigned', async () => {
    const [key, told] = [await witnessKey(), (await ask('audit', '/audit-log/vkeys')).trim().split('\n')];
    const keys = told.map(parseVerifierKey);
    expect(keys.filter(({ algorithm }) => algorithm === 'cosignature/v1')).toEqual([key]);
    const checkpoint = await eventually<SignedCheckpoint>('a cosigned checkpoint', async () => {
      const published = openCheckpoint(await ask('audit', '/audit-log/checkpoint'), keys);
      return cosignatureOf(published.note, key) && published;
    });
    const kept = await eventually('a checkpoint in the namespace of the operator', async () => {
      const [map] = (await list('configmaps', '-n', SYSTEM_NAMESPACE)).filter(
        ({ metadata }) => metadata.name === `careplane-audit-log.${NAMESPACE}.audit`,
      );
      return (map as { data?: Record<string, string> } | undefined)?.data;
    });
    const latest = openCheckpoint(kept['checkpoint-00'] ?? '', keys);
    expect(cosignatureOf(latest.note, key)).toBeDefined();
    expect(kept['keys']?.trim().split('\n').sort()).toEqual(told.toSorted());
    const audit = (await list('healthcareservices', '-n', NAMESPACE)).find(
      ({ metadata }) => metadata.name === 'audit',
    );
    expect(audit && condition(audit, 'AuditLogKept')?.status).toBe('True');
    expect(checkpoint.origin).toBe(`careplane.dev/${NAMESPACE}/audit`);
    expect(checkpoint.size).toBeGreaterThan(0);
  }, 180_000);
});
