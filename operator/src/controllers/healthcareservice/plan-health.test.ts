import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import type { Deployment, Pod } from '../../k8s/types.ts';
import { aDeployment, aService, observedOf } from './fixtures/objects.ts';
import { condition, plan } from './fixtures/planned.ts';

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
