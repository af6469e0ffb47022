import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ecosystemProgram, kstatusOf } from '@careplane/testing';
import { clinicReady, command, eventually, kubectl, NAMESPACE } from './src/cluster.ts';

const NAME = 'waiting-probe';
const KINDS = 'healthcareservice,scalingpolicy,encryptedstore,messagebroker,observabilitystack';
const CHART = {
  'Chart.yaml': `apiVersion: v2\nname: ${NAME}\nversion: 0.1.0\n`,
  'values.yaml': 'image: localhost/careplane/mail-sink:0.1.0\n',
  'templates/service.yaml': `apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: ${NAME} }
spec: { image: '{{ .Values.image }}', role: api, dataClass: public, replicas: 1, http: { port: 8080 } }
`,
};

let chart: string;

beforeAll(async () => {
  await clinicReady();
  chart = await mkdtemp(path.join(tmpdir(), 'careplane-waiting-'));
  await mkdir(path.join(chart, 'templates'));
  for (const [name, text] of Object.entries(CHART)) await writeFile(path.join(chart, name), text);
}, 300_000);

afterAll(async () => {
  await helm('uninstall', NAME, '--namespace', NAMESPACE);
  await rm(chart, { recursive: true, force: true });
}, 120_000);

function helm(...args: string[]): Promise<string> {
  return command(ecosystemProgram('helm'), args, { timeoutMs: 300_000 });
}

function upgrade(...args: string[]): Promise<string> {
  const release = ['upgrade', '--install', NAME, chart, '--namespace', NAMESPACE];
  return helm(...release, '--wait', '--timeout', '4m', ...args);
}

describe('tools that wait', () => {
  it('find every object of the clinic Current, as kstatus says', async () => {
    await eventually('everything to be Current', async () => {
      const text = await kubectl('get', KINDS, '-n', NAMESPACE, '-o', 'json');
      const { items } = JSON.parse(text) as { items: { kind: string; metadata: { name: string } }[] };
      const others = kstatusOf(items)
        .map((verdict, index) => ({ ...verdict, name: items[index]?.metadata.name }))
        .filter(({ status }) => status !== 'Current');
      if (others.length > 0) throw new Error(JSON.stringify(others));
      return items.length > 0;
    });
  }, 180_000);

  it('get an end from Helm 4 when the pods are there, and within a minute with the reason of a broken image', async () => {
    await upgrade();
    const since = performance.now();
    const failure = await upgrade('--set', 'image=localhost/careplane/no-such-image:1').then(
      () => 'it succeeded',
      (error: unknown) => String(error),
    );
    expect(failure).toContain('status: Failed');
    expect(failure).toContain('localhost/careplane/no-such-image:1 cannot be pulled');
    expect(performance.now() - since).toBeLessThan(60_000);
  }, 400_000);
});
