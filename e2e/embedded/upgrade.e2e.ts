import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClinicLoad } from '../src/clinic-load.ts';
import {
  clinicReady,
  command,
  eventually,
  kubectl,
  list,
  NAMESPACE,
  SYSTEM_NAMESPACE,
  type Resource,
} from '../src/cluster.ts';
import { containerd } from '../src/images.ts';

const IMAGE = 'localhost/careplane/operator';
/** What the chart's values say, and the same image under another tag: images are not pulled here. */
const [BEFORE, NEXT] = ['0.1.0', 'next'] as const;

/** The services whose pods come and go with the load. */
const SCALED = ['appointments', 'notifications'];

/** What an upgrade must leave: the revision of each workload, and each pod by its UID with how often its containers have started again. */
async function running(): Promise<string[]> {
  const workloads = (await list('deployments,statefulsets', '-n', NAMESPACE)) as Workload[];
  const revisions = workloads.map(
    ({ kind, metadata, status }) =>
      `${kind} ${metadata.name} ${status?.updateRevision ?? metadata.annotations?.['deployment.kubernetes.io/revision'] ?? ''}`,
  );
  const pods = (await list('pods', '-n', NAMESPACE)) as Pod[];
  const kept = pods.filter(
    ({ metadata }) => !SCALED.includes(metadata.labels?.['careplane.dev/service'] ?? ''),
  );
  const lives = kept.map(
    ({ metadata, status }) => `Pod ${metadata.name} ${metadata.uid} ${restartsOf(status)}`,
  );
  return [...revisions, ...lives].sort();
}

interface Workload extends Resource {
  metadata: Resource['metadata'] & { annotations?: Record<string, string> };
  status?: NonNullable<Resource['status']> & { updateRevision?: string };
}

interface Pod extends Resource {
  status?: NonNullable<Resource['status']> & { containerStatuses?: { restartCount: number }[] };
}

function restartsOf(status: Pod['status']): number {
  return (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Resolves when every operator runs the image and one of them has judged the clinic. */
async function upgraded(tag: string): Promise<void> {
  const chart = ['upgrade', 'careplane', 'charts/careplane', '--namespace', SYSTEM_NAMESPACE];
  const values = ['--reuse-values', '--set', `image.tag=${tag}`, '--wait', '--timeout', '180s'];
  await command('helm', [...chart, ...values], { timeoutMs: 200_000 });
  await eventually(
    `only operators of ${tag} are left, and one of them leads`,
    async () => {
      const pods = await list('pods', '-n', SYSTEM_NAMESPACE);
      const images = pods.map(({ spec }) => (spec?.['containers'] as { image: string }[])[0]?.image);
      const lease = await kubectl('get', 'lease', 'careplane-operator', '-n', SYSTEM_NAMESPACE, '-o', 'json');
      const { holderIdentity } = (JSON.parse(lease) as { spec: { holderIdentity: string } }).spec;
      const leads = pods.some(({ metadata }) => holderIdentity.startsWith(`${metadata.name}_`));
      return leads && images.every((image) => image === `${IMAGE}:${tag}`) ? true : undefined;
    },
    180_000,
  );
  await judgedAnew();
}

/** A change of one object is carried out: the new leader has read everything and works. */
async function judgedAnew(): Promise<void> {
  const name = 'upgrade-probe';
  await kubectl('delete', 'scalingpolicy', name, '-n', NAMESPACE, '--ignore-not-found');
  await command('kubectl', ['apply', '-f', '-'], { input: PROBE });
  await kubectl(
    'wait',
    'scalingpolicy',
    name,
    '-n',
    NAMESPACE,
    '--for=jsonpath={.status.observedGeneration}=1',
  );
  await kubectl('delete', 'scalingpolicy', name, '-n', NAMESPACE);
  await clinicReady();
}

/** Its target does not exist, so it scales nothing. */
const PROBE = `
apiVersion: careplane.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: upgrade-probe, namespace: ${NAMESPACE} }
spec: { target: { service: nobody }, min: 1, max: 2, cpu: { utilization: 70 } }
`;

describe('two upgrades of the operator in a row', () => {
  beforeAll(async () => {
    await clinicReady();
    await containerd('tag', '--force', `${IMAGE}:${BEFORE}`, `${IMAGE}:${NEXT}`);
  }, 300_000);

  afterAll(async () => {
    await upgraded(BEFORE);
    await containerd('rm', `${IMAGE}:${NEXT}`);
  }, 600_000);

  it('restart no pod of the clinic and fail no request under load', async () => {
    const load = await ClinicLoad.start();
    try {
      const before = await running();
      expect(before.filter((line) => line.startsWith('Pod')).length).toBeGreaterThan(5);
      for (const tag of [NEXT, BEFORE]) await upgraded(tag);
      await load.more();
      expect(await running()).toEqual(before);
    } finally {
      await load.end();
    }
    expect(load.failures()).toEqual([]);
  }, 900_000);
});
