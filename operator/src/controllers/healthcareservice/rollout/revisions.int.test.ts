import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { currentRevision } from './revision.ts';
import { DEPLOYMENTS, NAMESPACE, OWN, TestClinic } from '../fixtures/test-clinic.ts';
import { pods, type ControllerRevision, type Deployment } from '../../../k8s/types.ts';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 120_000);

afterAll(async () => {
  await clinic.stop();
});

async function deployed(name: string): Promise<Deployment> {
  return (await clinic.server.api.demand('GET', `${DEPLOYMENTS}/${name}`)) as Deployment;
}

async function revisionsOf(name: string): Promise<ControllerRevision[]> {
  const path = `/apis/apps/v1/namespaces/clinic/controllerrevisions?labelSelector=careplane.dev/owner=${name}`;
  const { items } = (await clinic.server.api.demand('GET', path)) as { items: ControllerRevision[] };
  return items.sort((a, b) => a.revision - b.revision);
}

async function serviceOf(name: string): Promise<HealthcareService> {
  return (await clinic.server.api.demand('GET', `${OWN}/healthcareservices/${name}`)) as HealthcareService;
}

interface ServicePort {
  port: number;
}

async function portsOf(name: string): Promise<ServicePort[]> {
  const path = `${NAMESPACE}/services/${name}`;
  return ((await clinic.server.api.demand('GET', path)) as { spec: { ports: ServicePort[] } }).spec.ports;
}

function byNumber(a: ServicePort, b: ServicePort): number {
  return b.port - a.port;
}

/** Until the Deployment has another revision than that one; resolves to its hash. */
async function movedFrom(name: string, hash: string | undefined): Promise<string> {
  return until(
    async () => {
      const now = currentRevision(await deployed(name));
      return now === hash ? undefined : now;
    },
    { what: `${name} to leave revision ${String(hash)}` },
  );
}

async function annotate(name: string, annotations: Record<string, string | null>): Promise<void> {
  await clinic.mergePatch(`${OWN}/healthcareservices/${name}`, { metadata: { annotations } });
}

/** Does what kubelet and the Deployment's controller would: the new pod crashes four times, the old one serves on. */
async function crash(name: string, old: string, broken: string): Promise<void> {
  await aPod(`${name}-old`, name, old, {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  });
  const message = '{"level":"error","message":"fatal","error":"ConfigError","reason":"ISSUER is missing"}';
  const state = { terminated: { exitCode: 1, reason: 'Error', message, startedAt: null, finishedAt: null } };
  const base = { name, ready: false, restartCount: 3, image: 'a', imageID: 'a' };
  await aPod(`${name}-new`, name, broken, {
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    containerStatuses: [{ ...base, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: state }],
  });
}

async function aPod(pod: string, service: string, revision: string, status: object): Promise<void> {
  const { template } = (await deployed(service)).spec ?? {};
  const labels = { ...template?.metadata.labels, 'careplane.dev/revision': revision };
  // No admission of ServiceAccounts on their tokens: nothing runs it.
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, labels }, spec: template?.spec };
  await clinic.server.api.demand('POST', `${NAMESPACE}/pods`, { body });
  await clinic.mergePatch(`${NAMESPACE}/pods/${pod}/status`, { status });
}

const OLD_POD = { namespace: 'clinic', name: 'leaving-old' };

/** The rules of the service's NetworkPolicy. */
async function policyOf(name: string): Promise<string> {
  const path = `/apis/networking.k8s.io/v1/namespaces/clinic/networkpolicies/${name}`;
  const { spec } = (await clinic.server.api.demand('GET', path)) as {
    spec: { ingress: unknown[]; egress: unknown[] };
  };
  return JSON.stringify([spec.ingress, spec.egress]);
}

describe('revisions of a service', () => {
  it('cost one child each, and nothing at rest', async () => {
    await clinic.applyService('counted');
    await clinic.ready('counted');
    const [first] = await revisionsOf('counted');
    expect(first?.metadata.name).toBe(`counted-${String(currentRevision(await deployed('counted')))}`);
    const writes = await clinic.server.writes({ userAgent: 'careplane-operator' });
    const own = writes.filter(({ name, resource }) => resource !== 'events' && name?.startsWith('counted'));
    // Seven children, a status when it began and one when it was Ready.
    expect(own.map(({ resource }) => resource).sort()).toEqual([
      'configmaps',
      'controllerrevisions',
      'deployments',
      'healthcareservices',
      'healthcareservices',
      'networkpolicies',
      'poddisruptionbudgets',
      'serviceaccounts',
      'services',
    ]);
  });

  it('keep their edges in the network, at both ends, until their last pod is gone', async () => {
    await clinic.applyService('callee');
    await clinic.ready('callee');
    await clinic.applyService('leaving', { calls: [{ service: 'callee' }] });
    await clinic.ready('leaving');
    await clinic.conditionOf('callee', 'EdgesUsed', 'AllUsed');
    const old = currentRevision(await deployed('leaving')) ?? '';
    await aPod('leaving-old', 'leaving', old, { phase: 'Running' });
    await until(() => Promise.resolve(clinic.manager.informers.get(pods, OLD_POD)), {
      what: 'the operator to see the pod',
    });
    await clinic.applyService('leaving', { image: 'localhost/careplane/leaving:0.2.0' });
    await movedFrom('leaving', old);
    await clinic.conditionOf('callee', 'EdgesUsed', 'UnusedEdge');
    expect(await policyOf('leaving')).toContain('"careplane.dev/service":"callee"');
    expect(await policyOf('callee')).toContain('"careplane.dev/service":"leaving"');
    expect(await clinic.callersOf('callee')).toContain('leaving');
    await clinic.server.api.demand('DELETE', `${NAMESPACE}/pods/leaving-old?gracePeriodSeconds=0`);
    await until(
      async () => {
        const both = `${await policyOf('leaving')}${await policyOf('callee')}`;
        const isOpen = both.includes('"careplane.dev/service"');
        return !isOpen && !(await clinic.callersOf('callee')).includes('leaving');
      },
      { what: 'the edge to close' },
    );
  });

  it('roll back by themselves after a crash loop, and stay there when the operator is started anew', async () => {
    await clinic.applyService('billing', { config: { MODE: 'good' } });
    await clinic.ready('billing');
    const good = currentRevision(await deployed('billing')) ?? '';
    await clinic.applyService('billing', { config: { MODE: 'bad' } });
    const bad = await movedFrom('billing', good);
    await crash('billing', good, bad);
    expect(await movedFrom('billing', bad)).toBe(good);
    const { message } = await clinic.conditionOf('billing', 'RolledOut', 'RolledBack');
    expect(message).toContain(
      `revision ${bad} failed (CrashLooping: pod billing-new: container billing ended`,
    );
    expect(message).toContain('fatal: ConfigError: ISSUER is missing');
    expect((await serviceOf('billing')).spec.config).toEqual({ MODE: 'bad' });

    await clinic.restartOperator();
    await annotate('billing', { looked: 'at' });
    await clinic.applyService('after-restart');
    await clinic.conditionOf('after-restart', 'Available', 'ReplicasPending');
    expect(currentRevision(await deployed('billing'))).toBe(good);

    // As the Deployment's controller would by now: a pod that still crashes is the next evidence at once.
    await clinic.server.api.demand('DELETE', `${NAMESPACE}/pods/billing-new`);
    await until(
      () =>
        Promise.resolve(
          clinic.manager.informers.get(pods, { namespace: 'clinic', name: 'billing-new' }) === undefined,
        ),
      { what: 'the operator to hear of it' },
    );
    await annotate('billing', { 'careplane.dev/retry': '1' });
    expect(await movedFrom('billing', good)).toBe(bad);
  });

  it('that listen elsewhere are reached where each listens, while they change and after a rollback', async () => {
    const role = { role: 'gateway', dataClass: 'operational' };
    const expose = { type: 'NodePort', nodePort: 30808 };
    await clinic.applyService('moving', { ...role, http: { port: 8080, expose } });
    await clinic.ready('moving');
    const good = currentRevision(await deployed('moving')) ?? '';
    await clinic.applyService('moving', { ...role, http: { port: 8081, expose } });
    const bad = await movedFrom('moving', good);
    const both = [
      { name: 'http', port: 8081, targetPort: 'http', nodePort: 30808 },
      { name: 'http-8080', port: 8080, targetPort: 'http' },
    ];
    expect((await portsOf('moving')).sort(byNumber)).toMatchObject(both);
    await crash('moving', good, bad);
    expect(await movedFrom('moving', bad)).toBe(good);
    await clinic.conditionOf('moving', 'RolledOut', 'RolledBack');
    expect((await portsOf('moving')).sort(byNumber)).toMatchObject(both);
    const policies = '/apis/networking.k8s.io/v1/namespaces/clinic/networkpolicies';
    expect(await clinic.server.api.demand('GET', `${policies}/moving`)).toMatchObject({
      spec: { ingress: [{ ports: [{ protocol: 'TCP', port: 'http' }] }, {}] },
    });
  });

  it('are pinned and let go by an annotation', async () => {
    await clinic.applyService('pinned');
    await clinic.ready('pinned');
    const first = currentRevision(await deployed('pinned')) ?? '';
    await clinic.applyService('pinned', { config: { A: '1' } });
    const second = await movedFrom('pinned', first);
    await annotate('pinned', { 'careplane.dev/rollback-to': 'unknown' });
    const { message } = await clinic.conditionOf('pinned', 'RolledOut', 'UnknownRevision');
    expect(message).toContain(`${second} (0.1.0), ${first} (0.1.0)`);
    await annotate('pinned', { 'careplane.dev/rollback-to': first });
    expect(await movedFrom('pinned', second)).toBe(first);
    await clinic.conditionOf('pinned', 'RolledOut', 'Pinned');
    await annotate('pinned', { 'careplane.dev/rollback-to': null });
    expect(await movedFrom('pinned', first)).toBe(second);
  });

  it('follow the contents of a Secret that somebody else made, and hear of its changes', async () => {
    const path = `${NAMESPACE}/secrets/mail-login`;
    const secret = (data: Record<string, string>): object => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mail-login' },
      data,
    });
    await clinic.server.api.apply(path, secret({ password: 'eA==' }));
    await clinic.applyService('mailer', { secrets: [{ name: 'mail-login' }] });
    await clinic.ready('mailer');
    const before = currentRevision(await deployed('mailer'));
    await clinic.mergePatch(path, { metadata: { labels: { team: 'mail' } } });
    await annotate('mailer', { looked: 'at' });
    expect(await clinic.dataOf('mail-login')).toEqual({ password: 'eA==' });
    await clinic.mergePatch(path, { data: { password: 'eQ==' } });
    await movedFrom('mailer', before);
    expect(await revisionsOf('mailer')).toHaveLength(2);
    expect(JSON.stringify(await deployed('mailer'))).not.toContain('eQ==');
  });
});
