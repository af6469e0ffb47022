import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  clusterBinaries,
  installCrds,
  startApiServer,
  until,
  type RunningApiServer,
} from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import { encryptedStores } from '../api/encryptedstore.ts';
import { healthcareServices } from '../api/healthcareservice.ts';
import { messageBrokers } from '../api/messagebroker.ts';
import { observabilityStacks } from '../api/observabilitystack.ts';
import { scalingPolicies } from '../api/scalingpolicy.ts';
import { readSettings } from '../config.ts';
import type { CustomObject, KubeObject, ResourceType } from '../runtime/kube.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { startManager, type Manager } from '../runtime/manager.ts';
import { controllers } from './index.ts';

/** The operator with the rights that the chart gives it, and no other, brings a whole clinic up, changes and deletes it. */

jest.setTimeout(120_000);

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const SYSTEM = 'careplane-system';
const CLINIC = 'clinic';
const USER = `system:serviceaccount:${SYSTEM}:careplane-operator`;
const OWN: readonly ResourceType[] = [
  healthcareServices,
  scalingPolicies,
  encryptedStores,
  messageBrokers,
  observabilityStacks,
];

let server: RunningApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, join(ROOT, 'crds'));
  for (const name of [SYSTEM, CLINIC])
    await server.api.demand('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
}, 120_000);

afterAll(async () => {
  await server.stop();
});

/** Applies templates/rbac.yaml of the chart, with these values. */
async function grant(values: Record<string, string>): Promise<void> {
  const options = ['--namespace', SYSTEM, '--kube-version', '1.36.3', '--show-only', 'templates/rbac.yaml'];
  const set = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${value}`]);
  const chart = join(ROOT, 'charts/careplane');
  const helm = join(clusterBinaries(), 'helm');
  const { stdout } = await run(helm, ['template', 'careplane', chart, ...options, ...set]);
  for (const document of parseAllDocuments(stdout)) {
    const object = document.toJS() as KubeObject;
    if (object.kind.startsWith('Cluster') || object.kind.startsWith('Role'))
      await server.api.apply(rightPath(object), object);
  }
}

async function revoke(): Promise<void> {
  const collections = ['clusterroles', 'clusterrolebindings'].map(
    (plural) => `/${plural}/careplane-operator`,
  );
  const namespaced = [`/namespaces/${CLINIC}`, `/namespaces/${SYSTEM}`].flatMap((namespace) =>
    ['rolebindings', 'roles'].flatMap((plural) =>
      ['careplane-operator', 'careplane-operator-self'].map((name) => `${namespace}/${plural}/${name}`),
    ),
  );
  for (const path of [...collections, ...namespaced])
    await server.api.request('DELETE', `/apis/rbac.authorization.k8s.io/v1${path}`);
}

function rightPath({ kind, metadata }: KubeObject): string {
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `/apis/rbac.authorization.k8s.io/v1${scope}/${kind.toLowerCase()}s/${metadata.name}`;
}

async function operate(flags: readonly string[]): Promise<Manager> {
  const settings = readSettings(flags, {});
  return startManager({
    ...settings,
    kubeconfig: await server.kubeconfigFor(USER, {
      groups: ['system:serviceaccounts', 'system:authenticated'],
    }),
    controllers: controllers({ ...settings, observabilityDir: join(ROOT, 'observability') }),
    lease: { namespace: SYSTEM, name: 'careplane-operator' },
    identity: `rights-${flags.length}`,
    log: silentLogger,
  });
}

async function kubectl(...words: string[]): Promise<void> {
  await run(join(clusterBinaries(), 'kubectl'), [`--kubeconfig=${server.kubeconfigPath}`, ...words]);
}

async function listed(type: ResourceType): Promise<CustomObject<unknown>[]> {
  const path = `/apis/${type.apiVersion}/namespaces/${CLINIC}/${type.plural}`;
  return ((await server.api.demand('GET', path)) as { items: CustomObject<unknown>[] }).items;
}

/** Waits until the operator has seen the present generation of everything. */
async function reported(): Promise<void> {
  for (const type of OWN)
    await until(
      async () => {
        const objects = await listed(type);
        return objects.every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
      },
      { what: `the status of every ${type.kind}`, deadlineMs: 60_000 },
    );
}

/** What was refused: by the operator's own count of its calls, and by the server's audit log. */
async function refusals(manager: Manager): Promise<string[]> {
  const { values } = await manager.metrics.apiCalls.get();
  const calls = values.filter(
    ({ metricName, labels }) => metricName?.endsWith('_count') === true && labels.code === '403',
  );
  const writes = (await server.writes({ user: USER })).filter(({ status }) => status === 403);
  return [
    ...calls.map(({ labels }) => `${labels.verb} ${labels.resource}`),
    ...writes.map(
      ({ verb, resource, subresource, name }) => `${verb} ${resource}/${subresource ?? ''} ${name ?? ''}`,
    ),
  ];
}

describe('an operator with the rights of the chart and no other', () => {
  it.each([
    ['nothing in one namespace', { watchNamespaces: `["${CLINIC}"]` }, [`--namespaces=${CLINIC}`], []],
    [
      'with Roles alone nothing that it needs',
      { watchNamespaces: `["${CLINIC}"]`, clusterRights: 'false', 'webhook.enabled': 'false' },
      [`--namespaces=${CLINIC}`],
      ['list customresourcedefinitions', 'list storageclasses'],
    ],
    ['nothing everywhere', { watchNamespaces: '[]' }, [], []],
    [
      'nothing in the namespaces of its shard',
      { watchNamespaces: '[]', namespaceSelector: '"shard=one"' },
      ['--namespace-selector=shard=one'],
      [],
    ],
  ])('is refused %s', async (_scope, values, flags, refused) => {
    await grant(values);
    await kubectl('label', 'namespace', CLINIC, 'shard=one', '--overwrite');
    const manager = await operate(flags);
    try {
      await kubectl('apply', '--server-side', '-f', join(ROOT, 'examples/clinic'));
      await reported();
      for (const { metadata } of await listed(healthcareServices))
        await kubectl(
          '-n',
          CLINIC,
          'patch',
          'healthcareservice',
          metadata.name,
          '--type=merge',
          '-p',
          '{"spec":{"disruption":{"maxUnavailable":2}}}',
        );
      await reported();
      await kubectl('delete', '-f', join(ROOT, 'examples/clinic'), '--timeout=30s', '--ignore-not-found');
      expect([...new Set(await refusals(manager))].sort()).toEqual(refused);
      const { values: calls } = await manager.metrics.apiCalls.get();
      expect(calls.some(({ labels }) => labels.verb === 'apply' && labels.code === '200')).toBe(true);
    } finally {
      await manager.stop();
      await revoke();
    }
  });
});
