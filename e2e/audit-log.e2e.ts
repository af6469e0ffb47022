import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCluster } from '@careplane/demo';
import type { Cluster } from '@careplane/demo';
import { cosignatureOf, openCheckpoint, parseVerifierKey } from '@careplane/tlog';
import type { SignedCheckpoint, VerifierKey } from '@careplane/tlog';
import { NAMESPACE, clinicReady, command, eventually, kubeconfig } from './src/cluster.ts';

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
    expect(checkpoint.origin).toBe(`careplane.dev/${NAMESPACE}/audit`);
    expect(checkpoint.size).toBeGreaterThan(0);
  }, 180_000);
});
