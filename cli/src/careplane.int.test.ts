import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aService, predicted, TestCluster, written } from './fixtures/test-cluster.ts';
import type { CareplanePlan } from './plan/make-plan.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
}, 180_000);

afterAll(async () => {
  await cluster.stop();
});

describe('careplane on a real API server', () => {
  const first = [
    aService('front', { role: 'gateway', calls: [{ service: 'back' }], enforcement: 'Shadow' }),
    aService('back', { http: { paths: ['/v1/things'] }, config: { COLOUR: 'blue' } }),
  ];

  it('plans what the operator then writes, object by object, and writes nothing itself', async () => {
    const path = await cluster.fileOf(...first);
    const before = await cluster.writesOfOthers();
    const plan = await cluster.planOf(path);
    expect(plan.code).toBe(2);
    expect(await cluster.writesOfOthers()).toEqual(before);
    expect(plan.changes.every(({ action }) => action === 'create')).toBe(true);

    await cluster.apply(path);
    await cluster.startOperator();
    await cluster.settled('front', 'back');
    expect(predicted(plan)).toEqual(written(await cluster.childWrites()));
  }, 180_000);

  it('finds nothing to change in what is applied, exit code 0', async () => {
    const plan = await cluster.planOf(await cluster.fileOf(...first));
    expect(plan.changes).toEqual([]);
    expect(plan.code).toBe(0);
  }, 60_000);

  it('plans a change: the fields of the object, of its children, and of its neighbours, and what goes', async () => {
    const next = [
      aService('front', { role: 'gateway', calls: [] }),
      // A worker has no Service any more, and nobody who calls it.
      aService('back', { role: 'worker', http: undefined, config: { COLOUR: 'red' } }),
    ];
    const path = await cluster.fileOf(...next);
    const plan = await cluster.planOf(path);
    const of = (kind: string, name: string): CareplanePlan['changes'][number] | undefined =>
      plan.changes.find((change) => change.kind === kind && change.name === name);
    expect(of('Service', 'back')?.action).toBe('delete');
    expect(of('Deployment', 'back')?.fields).toContainEqual({
      path: 'spec.template.spec.containers[back].env[COLOUR].value',
      from: 'blue',
      to: 'red',
    });
    expect(of('ConfigMap', 'back-bindings')?.fields).toEqual([
      {
        path: 'data["callers.json"]',
        from: '{"http":["spiffe://cluster.local/ns/clinic/sa/front"]}',
        to: '{}',
      },
    ]);
    expect(of('HealthcareService', 'front')?.fields).toContainEqual({
      path: 'spec.enforcement',
      from: 'Shadow',
      to: 'Enforce',
    });
    expect(of('NetworkPolicy', 'front')?.fields.map((field) => field.path)).toContain(
      'metadata.annotations["careplane.dev/shadow-spec"]',
    );

    const before = (await cluster.childWrites()).length;
    await cluster.apply(path);
    await cluster.settled('front', 'back');
    expect(predicted(plan)).toEqual(written((await cluster.childWrites()).slice(before)));
  }, 180_000);

  it('never prints a value of a Secret, and says which keys would be made', async () => {
    const secrets = [{ name: 'keys', generate: ['token', 'other'] }];
    await cluster.server.api.apply('/api/v1/namespaces/clinic/secrets/keys', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { token: Buffer.from('top-secret-value').toString('base64') },
    });
    const path = await cluster.fileOf(aService('keeper', { secrets }));
    const flags = ['--details', '--operator-namespace', 'default'];
    const text = (await cluster.careplane('plan', '-f', path, ...flags)).output;
    expect(text).toContain('+ data.other: (secret)');
    const json = (await cluster.careplane('plan', '-f', path, '-o', 'json', ...flags)).output;
    const { changes } = JSON.parse(json) as CareplanePlan;
    const values = changes.filter(({ kind }) => kind === 'Secret').flatMap(({ fields }) => fields);
    const data = values.filter((field) => field.path.startsWith('data'));
    expect(data.length).toBeGreaterThan(0);
    expect(data.every(({ from = '(secret)', to }) => from === '(secret)' && to === '(secret)')).toBe(true);
    expect(text + json).not.toContain(Buffer.from('top-secret-value').toString('base64').slice(0, 12));
  }, 60_000);

  it('warns of edges that lead nowhere', async () => {
    const { warnings } = await cluster.planOf(
      await cluster.fileOf(aService('caller', { calls: [{ service: 'gone' }] })),
    );
    expect(warnings).toContain('HealthcareService caller: dangling edge: no HealthcareService gone');
  }, 60_000);

  it('asks the API server for the rules between fields, of what is new and of what is there', async () => {
    const policy = (max: number, service = 'front'): ReturnType<typeof aService> => ({
      ...aService('front'),
      kind: 'ScalingPolicy',
      spec: { target: { service }, min: 2, max, cpu: { utilization: 70 } },
    });
    const isNew = await cluster.planOf(await cluster.fileOf(policy(1)));
    expect(isNew).toMatchObject({
      code: 1,
      refused: ['ScalingPolicy front: spec.max: Invalid value: max must not be less than min'],
    });
    const { apiVersion, kind, metadata, spec } = policy(3);
    const at = '/apis/careplane.dev/v1alpha1/namespaces/clinic/scalingpolicies/front';
    await cluster.server.api.apply(at, { apiVersion, kind, metadata, spec });
    const isThere = await cluster.planOf(await cluster.fileOf(policy(3, 'back')));
    expect(isThere.code).toBe(1);
    expect(isThere.refused).toEqual([
      'ScalingPolicy front: spec.target.service: Invalid value: the target cannot be changed: make another policy',
    ]);
    expect(await cluster.planOf(await cluster.fileOf(policy(4)))).toMatchObject({ code: 2, refused: [] });
    await cluster.server.api.demand('DELETE', at);
  }, 60_000);

  it('names a bad field by its path before it asks the cluster anything', async () => {
    const path = await cluster.fileOf(aService('a', { replicas: -1, htttp: {} }));
    const { code, errors } = await cluster.careplane('plan', '-f', path);
    expect(code).toBe(1);
    expect(errors).toContain('spec.replicas: ');
    expect(errors).toContain('spec.htttp: there is no such field');
  }, 60_000);

  it('shows the status of all kinds, and fails with --exit-code when something is not Ready, or nothing is there', async () => {
    const { code, output } = await cluster.careplane('status', '-n', 'clinic', '--exit-code');
    expect(code).toBe(1);
    expect(output).toMatch(/^HealthcareService +front +False +\S+/m);
    expect((await cluster.careplane('status', '-n', 'default', '--exit-code')).code).toBe(1);
    expect((await cluster.careplane('status', '-n', 'default')).code).toBe(0);
  }, 60_000);

  it('draws the graph of the cluster', async () => {
    const { output } = await cluster.careplane('graph', '-n', 'clinic', '-o', 'mermaid');
    expect(output).toContain('["front"]');
  }, 60_000);

  it('shows dashes where no metrics are to be had, and says why', async () => {
    const { code, output, errors } = await cluster.careplane('top', '-n', 'clinic');
    expect(code).toBe(0);
    expect(output).toMatch(/^front +0\/\d +- +- +- +- +-$/m);
    expect(errors).toContain('requests are not known: there is no ObservabilityStack');
  }, 60_000);

  it('says in one line which services there are when one is not', async () => {
    const { code, errors } = await cluster.careplane('logs', 'nobody', '-n', 'clinic');
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^careplane: no HealthcareService nobody in the namespace clinic; there are: back, front\n$/,
    );
  }, 60_000);

  it('says what to do when the cluster is not there, or does not let us', async () => {
    const away = await cluster.server.kubeconfigFor('away', { url: 'https://127.0.0.1:1' });
    expect((await cluster.careplane('status', '--kubeconfig', away)).errors).toMatch(
      /^careplane: the API server does not answer/,
    );
    const stranger = await cluster.server.kubeconfigFor('stranger', { groups: [] });
    expect((await cluster.careplane('status', '--kubeconfig', stranger)).errors).toMatch(
      /^careplane: not allowed: .*cannot list resource/,
    );
  }, 90_000);

  it('has never written anything', async () => {
    expect(await cluster.server.writes({ userAgent: 'careplane-cli' })).toEqual([]);
  });
});
