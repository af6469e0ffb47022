import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ecosystemProgram, until } from '@careplane/testing';
import { FaultClinic, TROUBLE } from './fixtures/fault-clinic.ts';

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'values.yaml': 'image: registry.example/a:1\n',
  'templates/service.yaml': `apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: shop }
spec: { image: '{{ .Values.image }}', role: worker, dataClass: operational }
`,
};

let clinic: FaultClinic;
let folder: string;

beforeAll(async () => {
  clinic = await FaultClinic.start();
  await clinic.operate();
  folder = await mkdtemp(join(tmpdir(), 'careplane-helm-'));
  await mkdir(join(folder, 'templates'));
  for (const [name, text] of Object.entries(CHART)) await writeFile(join(folder, name), text);
}, 120_000);

afterAll(async () => {
  await clinic.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  said: string;
  ms: number;
}

/** `helm upgrade --wait` of Helm 4, with a timeout that no test waits for. */
async function upgrade(image: string): Promise<Ended> {
  const since = performance.now();
  const args = [
    'upgrade',
    '--install',
    'shop',
    folder,
    '--namespace',
    'clinic',
    '--wait',
    '--timeout',
    '10m',
  ];
  const helm = spawn(ecosystemProgram('helm'), [...args, '--set', `image=${image}`], {
    env: {
      KUBECONFIG: clinic.server.kubeconfigPath,
      HOME: folder,
      PATH: process.env['PATH'],
      HELM_CACHE_HOME: join(folder, 'cache'),
    },
  });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  helm.stdout.on('data', hear);
  helm.stderr.on('data', hear);
  await once(helm, 'close');
  return { code: helm.exitCode, said, ms: performance.now() - since };
}

async function hasImage(image: string): Promise<void> {
  await until(
    async () => (await clinic.template('deployments', 'shop')).spec.containers[0]?.image === image,
    {
      what: `the image ${image}`,
    },
  );
}

describe('helm upgrade --wait of Helm 4', () => {
  it('waits until the pods are there', async () => {
    const upgraded = upgrade('registry.example/a:1');
    await hasImage('registry.example/a:1');
    await until(async () => (await clinic.kstatus('HealthcareService', 'shop'))?.status === 'InProgress', {
      what: 'shop to be looked at',
    });
    await clinic.rollOut('shop');
    expect(await upgraded).toMatchObject({ code: 0 });
  }, 60_000);

  it('ends within a minute with the reason when the image cannot be pulled', async () => {
    const upgraded = upgrade('registry.example/a:broken');
    await hasImage('registry.example/a:broken');
    await clinic.deploymentStatus('shop', { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
    await clinic.pod('deployments', 'shop', TROUBLE.missingImage);
    const { code, said, ms } = await upgraded;
    expect({ code, isInTime: ms < 60_000 }).toEqual({ code: 1, isInTime: true });
    expect(said).toContain('HealthcareService/clinic/shop not ready. status: Failed');
    expect(said).toContain(
      'its image registry.example/a:broken cannot be pulled: the registry does not have it',
    );
  }, 90_000);

  it('does not refuse the correction for what it corrects', async () => {
    const upgraded = upgrade('registry.example/a:2');
    await hasImage('registry.example/a:2');
    await clinic.rollOut('shop');
    expect(await upgraded).toMatchObject({ code: 0 });
  }, 60_000);
});
