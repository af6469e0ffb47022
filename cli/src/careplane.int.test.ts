import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  installCrds,
  startApiServer,
  until,
  type AuditedWrite,
  type RunningApiServer,
} from '@careplane/testing';
import { readSettings } from '@careplane/operator/config';
import { controllers } from '@careplane/operator/controllers';
import { silentLogger } from '@careplane/operator/runtime/telemetry/log';
import { startManager, type Manager } from '@careplane/operator/runtime/manager';
import { parse, stringify } from 'yaml';
import { recordingTerminal } from './fixtures/recordingTerminal.ts';
import type { CareplanePlan } from './plan/makePlan.ts';
import { run } from './program.ts';

const crds = fileURLToPath(new URL('../../crds', import.meta.url));
const OWN = '/apis/careplane.dev/v1alpha1/namespaces/clinic/healthcareservices';
const OPERATOR = 'careplane-operator';
const deadlineMs = 60_000;

interface Service {
  metadata: { name: string };
  spec: Record<string, unknown>;
}

function aService(name: string, spec: object = {}): Service {
  const base = {
    image: `localhost/careplane/${name}:0.1.0`,
    role: 'api',
    dataClass: 'operational',
    http: {},
  };
  const metadata = { name, namespace: 'clinic' };
  const object = { apiVersion: 'careplane.dev/v1alpha1', kind: 'HealthcareService', metadata };
  return { ...object, spec: { ...base, ...spec } };
}

const settings = readSettings([], { CAREPLANE_LEASE_NAMESPACE: 'default' });
let server: RunningApiServer;
let folder: string;
let manager: Manager | undefined;

async function startOperator(): Promise<void> {
  manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: controllers(settings),
    lease: { namespace: 'default', name: 'operator' },
    identity: 'test',
    userAgent: OPERATOR,
    log: silentLogger,
  });
}

async function careplane(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const terminal = recordingTerminal({ KUBECONFIG: server.kubeconfigPath });
  const code = await run(args, terminal);
  return { code, output: terminal.output(), errors: terminal.errors() };
}

async function fileOf(...services: Service[]): Promise<string> {
  const path = join(folder, 'services.yaml');
  await writeFile(path, services.map((service) => stringify(service)).join('---\n'));
  return path;
}

async function planOf(path: string): Promise<CareplanePlan & { code: number }> {
  const { code, output, errors } = await careplane(
    ...['plan', '-f', path, '-o', 'json', '--exit-code', '--operator-namespace', 'default'],
  );
  if (code === 1) throw new Error(errors);
  return { ...(JSON.parse(output) as CareplanePlan), code };
}

async function apply(path: string): Promise<void> {
  for (const text of (await readFile(path, 'utf8')).split('---\n')) {
    const service = parse(text) as Service;
    await server.api.apply(`${OWN}/${service.metadata.name}`, service);
  }
}

/** Writes of the operator to children, without its Lease, its events and the statuses. */
async function childWrites(): Promise<AuditedWrite[]> {
  const writes = await server.writes({ userAgent: OPERATOR });
  return writes.filter(
    ({ resource, subresource }) =>
      subresource === undefined && resource !== 'leases' && resource !== 'events',
  );
}

/** Every write but those that the API server makes for itself, which may go on for a while after its start. */
async function writesOfOthers(): Promise<AuditedWrite[]> {
  return (await server.writes()).filter(({ user }) => user !== 'system:apiserver');
}

/** Waits until the operator has judged the newest spec of each service and has come to rest. */
async function settled(...names: string[]): Promise<void> {
  for (const name of names)
    await until(
      async () => {
        const { metadata, status } = (await server.api.demand('GET', `${OWN}/${name}`)) as {
          metadata: { generation: number };
          status?: { observedGeneration?: number };
        };
        return status?.observedGeneration === metadata.generation;
      },
      { what: `${name} to be judged`, deadlineMs },
    );
  // Neighbours are woken after that: as many writes twice in a row, with reads of the whole log in between.
  let before = -1;
  await until(
    async () => {
      const count = (await server.writes({ userAgent: OPERATOR })).filter(
        ({ resource }) => resource !== 'leases',
      ).length;
      const isSame = count === before;
      before = count;
      return isSame;
    },
    { what: 'the operator to come to rest', deadlineMs, everyMs: 1_000 },
  );
}

const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
};

function plural(kind: string): string {
  return PLURALS[kind] ?? `${kind.toLowerCase()}s`;
}

/** What the operator is to write: `patch configmaps/a-bindings`. */
function predicted({ changes }: CareplanePlan): string[] {
  return changes
    .filter(({ kind }) => kind !== 'HealthcareService')
    .map(({ action, kind, name }) => `${action === 'delete' ? 'delete' : 'patch'} ${plural(kind)}/${name}`)
    .sort();
}

function written(writes: readonly AuditedWrite[]): string[] {
  return [...new Set(writes.map(({ verb, resource, name }) => `${verb} ${resource}/${name ?? ''}`))].sort();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-cli-'));
  server = await startApiServer();
  await installCrds(server.api, crds);
  const metadata = { name: 'clinic' };
  await server.api.apply('/api/v1/namespaces/clinic', { apiVersion: 'v1', kind: 'Namespace', metadata });
}, 180_000);

afterAll(async () => {
  await manager?.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('careplane on a real API server', () => {
  const first = [
    aService('front', { role: 'gateway', calls: [{ service: 'back' }], enforcement: 'Shadow' }),
    aService('back', { http: { paths: ['/v1/things'] }, config: { COLOUR: 'blue' } }),
  ];

  it('plans what the operator then writes, object by object, and writes nothing itself', async () => {
    const path = await fileOf(...first);
    const before = await writesOfOthers();
    const plan = await planOf(path);
    expect(plan.code).toBe(2);
    expect(await writesOfOthers()).toEqual(before);
    expect(plan.changes.every(({ action }) => action === 'create')).toBe(true);

    await apply(path);
    await startOperator();
    await settled('front', 'back');
    expect(predicted(plan)).toEqual(written(await childWrites()));
  }, 180_000);

  it('finds nothing to change in what is applied, exit code 0', async () => {
    const plan = await planOf(await fileOf(...first));
    expect(plan.changes).toEqual([]);
    expect(plan.code).toBe(0);
  }, 60_000);

  it('plans a change: the fields of the object, of its children, and of its neighbours, and what goes', async () => {
    const next = [
      aService('front', { role: 'gateway', calls: [] }),
      // A worker has no Service any more, and nobody who calls it.
      aService('back', { role: 'worker', http: undefined, config: { COLOUR: 'red' } }),
    ];
    const path = await fileOf(...next);
    const plan = await planOf(path);
    const of = (kind: string, name: string): CareplanePlan['changes'][number] | undefined =>
      plan.changes.find((change) => change.kind === kind && change.name === name);
    expect(of('Service', 'back')?.action).toBe('delete');
    expect(of('Deployment', 'back')?.fields).toContainEqual({
      path: 'spec.template.spec.containers[back].env[COLOUR].value',
      from: 'blue',
      to: 'red',
    });
    expect(of('ConfigMap', 'back-bindings')?.fields).toEqual([
      { path: 'data["callers.json"]', from: '["front"]', to: '[]' },
    ]);
    expect(of('HealthcareService', 'front')?.fields).toContainEqual({
      path: 'spec.enforcement',
      from: 'Shadow',
      to: 'Enforce',
    });
    expect(of('NetworkPolicy', 'front')?.fields.map((field) => field.path)).toContain(
      'metadata.annotations["careplane.dev/shadow-spec"]',
    );

    const before = (await childWrites()).length;
    await apply(path);
    await settled('front', 'back');
    expect(predicted(plan)).toEqual(written((await childWrites()).slice(before)));
  }, 180_000);

  it('never prints a value of a Secret, and says which keys would be made', async () => {
    const secrets = [{ name: 'keys', generate: ['token', 'other'] }];
    await server.api.apply('/api/v1/namespaces/clinic/secrets/keys', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { token: Buffer.from('top-secret-value').toString('base64') },
    });
    const path = await fileOf(aService('keeper', { secrets }));
    const flags = ['--details', '--operator-namespace', 'default'];
    const text = (await careplane('plan', '-f', path, ...flags)).output;
    expect(text).toContain('+ data.other: (secret)');
    const json = (await careplane('plan', '-f', path, '-o', 'json', ...flags)).output;
    const { changes } = JSON.parse(json) as CareplanePlan;
    const values = changes.filter(({ kind }) => kind === 'Secret').flatMap(({ fields }) => fields);
    const data = values.filter((field) => field.path.startsWith('data'));
    expect(data.length).toBeGreaterThan(0);
    expect(data.every(({ from = '(secret)', to }) => from === '(secret)' && to === '(secret)')).toBe(true);
    expect(text + json).not.toContain(Buffer.from('top-secret-value').toString('base64').slice(0, 12));
  }, 60_000);

  it('warns of edges that lead nowhere', async () => {
    const { warnings } = await planOf(await fileOf(aService('caller', { calls: [{ service: 'gone' }] })));
    expect(warnings).toContain('HealthcareService caller: dangling edge: no HealthcareService gone');
  }, 60_000);

  it('names a bad field by its path before it asks the cluster anything', async () => {
    const path = await fileOf(aService('a', { replicas: -1, htttp: {} }));
    const { code, errors } = await careplane('plan', '-f', path);
    expect(code).toBe(1);
    expect(errors).toContain('spec.replicas: ');
    expect(errors).toContain('spec.htttp: there is no such field');
  }, 60_000);

  it('shows the status of all kinds, and fails with --exit-code when something is not Ready', async () => {
    const { code, output } = await careplane('status', '-n', 'clinic', '--exit-code');
    expect(code).toBe(1);
    expect(output).toMatch(/^HealthcareService +front +False +\S+/m);
    expect((await careplane('status', '-n', 'default', '--exit-code')).code).toBe(0);
  }, 60_000);

  it('draws the graph of the cluster', async () => {
    const { output } = await careplane('graph', '-n', 'clinic', '-o', 'mermaid');
    expect(output).toContain('["front"]');
  }, 60_000);

  it('shows dashes where no metrics are to be had, and says why', async () => {
    const { code, output, errors } = await careplane('top', '-n', 'clinic');
    expect(code).toBe(0);
    expect(output).toMatch(/^front +0\/\d +- +- +- +- +-$/m);
    expect(errors).toContain('requests are not known: there is no ObservabilityStack');
  }, 60_000);

  it('says in one line which services there are when one is not', async () => {
    const { code, errors } = await careplane('logs', 'nobody', '-n', 'clinic');
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^careplane: no HealthcareService nobody in the namespace clinic; there are: back, front\n$/,
    );
  }, 60_000);

  it('says what to do when the cluster is not there, or does not let us', async () => {
    const away = await server.kubeconfigFor('away', { url: 'https://127.0.0.1:1' });
    expect((await careplane('status', '--kubeconfig', away)).errors).toMatch(
      /^careplane: the API server does not answer/,
    );
    const stranger = await server.kubeconfigFor('stranger', { groups: [] });
    expect((await careplane('status', '--kubeconfig', stranger)).errors).toMatch(
      /^careplane: not allowed: .*cannot list resource/,
    );
  }, 90_000);

  it('has never written anything', async () => {
    expect(await server.writes({ userAgent: 'careplane-cli' })).toEqual([]);
  });
});
