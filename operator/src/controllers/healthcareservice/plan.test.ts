import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import type { Deployment, Pod } from '../../k8s/types.ts';
import { plan as planWith } from './plan.ts';
import { aBroker, aDeployment, aService, observedOf, aStore, type Facts } from './fixtures/objects.ts';

const plan = (
  service: HealthcareService,
  observed: Parameters<typeof planWith>[1],
): ReturnType<typeof planWith> =>
  planWith(service, observed, { imagePullPolicy: 'IfNotPresent', priorityClassPrefix: '' });

function condition(
  service: HealthcareService,
  changes: Partial<Facts>,
  type: string,
): JudgedCondition | undefined {
  return plan(service, observedOf(service, changes)).conditions.find((judged) => judged.type === type);
}

function kinds(service: HealthcareService, changes: Partial<Facts> = {}): string[] {
  return plan(service, observedOf(service, changes)).children.map(({ kind }) => kind);
}

/** A Deployment that was applied for the service as it is, in a given state. */
function applied(service: HealthcareService, status: Deployment['status'], replicas = 1): Deployment {
  const target = plan(service, observedOf(service)).children.find(({ kind }) => kind === 'Deployment');
  const { template } = (target as unknown as Required<Deployment>).spec;
  const seen = aDeployment(service.metadata.name, replicas, status);
  return { ...seen, spec: { ...seen.spec, ...(template === undefined ? {} : { template }) } };
}

function crashing(exitCode: number): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a-1' },
    status: {
      containerStatuses: [{ name: 'a', ready: false, state: {}, lastState: { terminated: { exitCode } } }],
    },
  };
}

const withStore = aService('a', { dataClass: 'phi', stores: [{ store: 'db' }] });
const bound = { stores: [aStore('db')], bindingSecrets: new Set(['a.db']) };

describe('plan of a service', () => {
  it('makes every child, the Deployment last', () => {
    expect(kinds(aService('a'))).toEqual([
      'ServiceAccount',
      'ConfigMap',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ControllerRevision',
      'Deployment',
    ]);
  });

  it('shows who has one of its paths, with what to do, and is not Ready with it; the older one shows nothing', () => {
    const paths = { http: { port: 8080, paths: ['/v1/patients'] } };
    const made = (name: string, day: number): HealthcareService => {
      const service = aService(name, paths);
      return {
        ...service,
        metadata: { ...service.metadata, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
      };
    };
    const [old, young] = [made('old', 1), made('young', 2)];
    const calls = ['old', 'young'].map((service) => ({ service, port: 'http' }));
    const services = [old, young, aService('gate', { role: 'gateway', calls })];
    expect(condition(young, { services }, 'PathsFree')).toEqual({
      type: 'PathsFree',
      status: 'False',
      reason: 'PathTaken',
      alarming: true,
      message:
        "HealthcareService old, which is older, has /v1/patients behind the gateway gate: requests go there; take the path from one of the two, or one of the two from the gateway's calls",
    });
    expect(plan(young, observedOf(young, { services })).events?.map(({ reason }) => reason)).toContain(
      'PathTaken',
    );
    expect(condition(old, { services }, 'PathsFree')).toBeUndefined();
  });

  it('is nothing under a name that Kubernetes itself needs', () => {
    const { children, conditions } = plan(aService('default'), observedOf(aService('default')));
    expect(children).toEqual([]);
    expect(conditions).toMatchObject([{ type: 'NamesFree', status: 'False', reason: 'NameReserved' }]);
  });

  it('gives no service what the operator made for a store, and starts no first pod that would mount it', () => {
    const thief = aService('a', { secrets: [{ name: 'db-keyfile' }] });
    const there = { name: 'db-keyfile', exists: true, missingKeys: [], guardedKeys: [], isWatched: true };
    const facts = { stores: [aStore('db')], secrets: [there], secretsFingerprint: 'f' };
    expect(condition(thief, facts, 'BindingsReady')).toMatchObject({
      status: 'False',
      reason: 'SecretWithheld',
      message: expect.stringContaining("EncryptedStore db's own") as unknown,
    });
    expect(kinds(thief, facts)).not.toContain('Deployment');
  });

  it('gives a service no account that is the engine’s or the operator’s own, and starts no first pod without one', () => {
    const service = aService('local', { stores: [{ store: 'db' }] });
    const facts = { stores: [aStore('db')], bindingSecrets: new Set(['local.db']) };
    expect(condition(service, facts, 'BindingsReady')).toMatchObject({
      status: 'False',
      reason: 'AccountWithheld',
      message: expect.stringContaining('EncryptedStore db') as unknown,
    });
    expect(kinds(service, facts)).not.toContain('Deployment');
    const atRedis = { ...facts, stores: [aStore('db', { engine: 'redis' })] };
    expect(condition(service, atRedis, 'BindingsReady')).toMatchObject({ status: 'True' });
  });

  it('is the same for the same facts', () => {
    expect(plan(withStore, observedOf(withStore, bound))).toEqual(
      plan(withStore, observedOf(withStore, bound)),
    );
  });

  it('deploys despite a dangling call, but is not resolved and warns', () => {
    const service = aService('a', { calls: [{ service: 'b', port: 'http' }] });
    const { conditions, events } = plan(service, observedOf(service));
    expect(kinds(service)).toContain('Deployment');
    expect(conditions[0]).toMatchObject({
      type: 'EdgesResolved',
      status: 'False',
      reason: 'DanglingEdge',
      message: expect.stringContaining('no HealthcareService b') as unknown,
    });
    expect(events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'DanglingEdge' }));
  });

  it('is resolved again, without a warning, as soon as the other end is there', () => {
    const service = aService('a', { calls: [{ service: 'b', port: 'http' }] });
    const healed = plan(service, observedOf(service, { services: [service, aService('b')] }));
    expect(healed.conditions[0]).toMatchObject({ status: 'True', reason: 'AllResolved' });
    expect(healed.events).toEqual([]);
  });

  it('mentions an event that nobody publishes without calling the edge dangling', () => {
    const service = aService('a', { consumes: [{ event: 'x.y' }] });
    expect(condition(service, { brokers: [aBroker('rabbit')] }, 'EdgesResolved')?.status).toBe('True');
    expect(condition(service, { brokers: [aBroker('rabbit')] }, 'EdgesUsed')).toMatchObject({
      status: 'False',
      reason: 'OneSidedEdge',
      message: expect.stringContaining('nobody publishes x.y') as unknown,
    });
  });

  it.each([
    ['its store is missing', {}, 'ProviderMissing'],
    ['its credentials are not made yet', { stores: [aStore('db')] }, 'CredentialsPending'],
  ])('does not begin to roll out while %s', (_, changes, reason) => {
    expect(kinds(withStore, changes)).not.toContain('Deployment');
    expect(condition(withStore, changes, 'BindingsReady')).toMatchObject({ status: 'False', reason });
  });

  it('never takes a running Deployment away when its store vanishes', () => {
    expect(kinds(withStore, { deployment: aDeployment('a', 1) })).toContain('Deployment');
  });

  it('waits for keys to be generated, and asks for a Secret that nobody makes', () => {
    const secrets = [{ name: 'keys', exists: true, missingKeys: ['k'], guardedKeys: [], isWatched: true }];
    expect(condition(aService('a'), { secrets }, 'BindingsReady')?.message).toContain('are being generated');
    const absent = [{ name: 'keys', exists: false, missingKeys: [], guardedKeys: [], isWatched: false }];
    expect(condition(aService('a'), { secrets: absent }, 'BindingsReady')).toMatchObject({
      reason: 'SecretMissing',
      message: expect.stringContaining('the Secret keys does not exist') as unknown,
    });
  });

  it('keeps protected health information off a store whose encryption is unproven', () => {
    const unproven = { ...bound, stores: [aStore('db', {}, 'False')] };
    expect(condition(withStore, unproven, 'DataProtected')).toMatchObject({
      status: 'False',
      reason: 'EncryptionUnproven',
    });
    expect(kinds(withStore, unproven)).not.toContain('Deployment');
  });

  it('lets the store relax that by encryption.policy Preferred, and other data go anywhere', () => {
    const preferred = [aStore('db', { encryption: { policy: 'Preferred' } }, 'False')];
    expect(condition(withStore, { ...bound, stores: preferred }, 'DataProtected')).toMatchObject({
      status: 'True',
      reason: 'EncryptionPreferred',
    });
    const open = aService('a', { dataClass: 'public', stores: [{ store: 'db' }] });
    const unproven = { ...bound, stores: [aStore('db', {}, 'False')] };
    expect(condition(open, unproven, 'DataProtected')?.reason).toBe('NotRequired');
  });
});

describe('health of a service', () => {
  const service = aService('a');
  const running = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

  it('is available and rolled out when all pods answer', () => {
    const promised = aService('a', { slo: { availability: 99.9, latencyP95: '200ms' } });
    const deployment = applied(promised, running);
    const { conditions, status } = plan(promised, observedOf(promised, { deployment }));
    expect(conditions.every((judged) => judged.informs === true || judged.status === 'True')).toBe(true);
    const revision = status?.revision ?? '';
    const moment = { revision, at: '2026-11-22T12:00:00Z' };
    expect(status).toEqual({
      replicas: 1,
      readyReplicas: 1,
      pods: '1/1',
      selector: 'careplane.dev/service=a',
      version: '0.1.0',
      revision: expect.stringMatching(/^[0-9a-f]{10}$/) as unknown,
      slo: '99.9 % / 200ms',
      rollout: { begun: moment, ready: [moment] },
    });
  });

  it('is not rolled out while the Deployment that is seen belongs to an earlier spec', () => {
    const before = applied(aService('a', { image: 'a:0.0.9' }), running);
    const next = aService('a', { image: 'a:0.2.0' });
    next.status = { version: '0.0.9' };
    const { conditions, status } = plan(next, observedOf(next, { deployment: before }));
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'RolledOut', status: 'False', reason: 'InProgress' }),
    );
    expect(status?.version).toBe('0.0.9');
  });

  it('is not rolled out before the first pod is there', () => {
    const deployment = applied(service, {});
    expect(condition(service, { deployment }, 'RolledOut')?.reason).toBe('InProgress');
  });

  it('is available with no pod when none is wanted', () => {
    const idle = aService('a', { replicas: 0 });
    const deployment = applied(idle, {}, 0);
    const { conditions } = plan(idle, observedOf(idle, { deployment }));
    expect(conditions.find(({ type }) => type === 'Available')).toMatchObject({
      status: 'True',
      reason: 'ScaledToZero',
    });
    expect(conditions.every((judged) => judged.informs === true || judged.status === 'True')).toBe(true);
  });

  it('shows the exit code of a crash-looping container', () => {
    const deployment = applied(service, { replicas: 1, updatedReplicas: 1 });
    expect(condition(service, { deployment, pods: [crashing(137)] }, 'Available')).toMatchObject({
      status: 'False',
      reason: 'CrashLooping',
      message: expect.stringContaining('exit code 137') as unknown,
    });
  });

  it('says when the rollout missed its deadline, and why', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const deployment = applied(service, { replicas: 2, updatedReplicas: 1, conditions });
    const { labels = {} } = deployment.spec?.template?.metadata ?? {};
    const pod = crashing(1);
    const pods = [{ ...pod, metadata: { ...pod.metadata, labels } }];
    expect(condition(service, { deployment, pods }, 'RolledOut')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringContaining('exit code 1') as unknown,
    });
  });

  it('stays rolled out while it is scaled up', () => {
    const deployment = applied(
      aService('a', { replicas: 4 }),
      { ...running, replicas: 3, updatedReplicas: 3 },
      4,
    );
    const scaled = aService('a', { replicas: 4 });
    expect(condition(scaled, { deployment }, 'RolledOut')?.status).toBe('True');
    expect(condition(scaled, { deployment }, 'Available')).toMatchObject({ reason: 'ReplicasPending' });
  });

  it('says why no pod of a new version can be made while those of the former one answer, before and after its deadline', () => {
    const message = 'pods "a-1" is forbidden: exceeded quota: small';
    const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
    const missed = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    const one = { replicas: 1, updatedReplicas: 0, readyReplicas: 1, availableReplicas: 1 };
    const rollout = (...conditions: object[]): JudgedCondition | undefined => {
      const deployment = applied(service, { ...one, conditions: conditions as never[] });
      expect(condition(service, { deployment }, 'Available')?.status).toBe('True');
      return condition(service, { deployment }, 'RolledOut');
    };
    const says = { message: expect.stringContaining(message) as unknown };
    expect(rollout(refused)).toMatchObject({ reason: 'PodsRefused', alarming: true, ...says });
    expect(rollout(refused, missed)).toMatchObject({ reason: 'ProgressDeadlineExceeded', ...says });
    expect(rollout()).toMatchObject({ reason: 'InProgress' });
  });

  it('says both, what is wrong with one pod and why no other is made', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: small' }];
    const two = aService('a', { replicas: 2 });
    const deployment = applied(two, { ...running, availableReplicas: 0, conditions }, 2);
    const judged = condition(two, { deployment, pods: [crashing(137)] }, 'Available');
    expect(judged?.reason).toBe('CrashLooping');
    expect(judged?.message).toMatch(/exit code 137.*; exceeded quota: small$/);
  });

  it('says why no pod can be made', () => {
    const message = 'pods "a-1" is forbidden: no PriorityClass with name careplane-api was found';
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    const deployment = applied(aService('a'), { ...running, availableReplicas: 0, conditions });
    expect(condition(aService('a'), { deployment }, 'Available')).toMatchObject({
      reason: 'PodsRefused',
      message: expect.stringContaining(message) as unknown,
    });
  });
});
