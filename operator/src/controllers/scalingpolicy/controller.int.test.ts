import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { DEPLOYMENTS, OWN, TestClinic } from '../healthcareservice/fixtures/test-clinic.ts';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 120_000);

afterAll(async () => {
  await clinic.stop();
});

describe('the controller of ScalingPolicy', () => {
  const spec = {
    target: { service: 'worker' },
    min: 0,
    max: 3,
    queue: { messagesPerReplica: 10 },
    behavior: { scaleDownStabilization: '1s' },
  };

  it('scales by the backlog, to zero and back, through the Deployment of the service', async () => {
    await clinic.applyOwn('MessageBroker', 'messagebrokers', 'rabbit', { storage: { size: '1Gi' } });
    await clinic.applyService('worker', {
      role: 'worker',
      dataClass: 'public',
      consumes: [{ event: 'a.b' }],
    });
    await clinic.makeBinding('worker', 'rabbit');
    await until(async () => (await clinic.replicasOf('worker')) === 1, { what: 'the first pod' });
    await clinic.applyOwn('ScalingPolicy', 'scalingpolicies', 'worker', spec);
    await until(async () => (await clinic.replicasOf('worker')) === 0, { what: 'none' });
    expect(await clinic.conditionOf('worker', 'Available', 'ScaledToZero')).toMatchObject({ status: 'True' });
    clinic.depths.set('worker', 25);
    await until(async () => (await clinic.replicasOf('worker')) === 3, { what: 'three pods' });
    const conditions = await clinic.conditionsOf('scalingpolicies', 'worker');
    expect(conditions.get('Ready')).toMatchObject({ status: 'True' });
  }, 60_000);

  it('stands back from a HorizontalPodAutoscaler, and so does the service', async () => {
    const name = 'worker';
    const path = '/apis/autoscaling/v2/namespaces/clinic/horizontalpodautoscalers/worker';
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
    await clinic.server.api.apply(path, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: { scaleTargetRef, maxReplicas: 9 },
    });
    await until(
      async () =>
        (await clinic.conditionsOf('scalingpolicies', name)).get('Ready')?.reason === 'ForeignAutoscaler',
      { what: 'the policy to stand back' },
    );
    await clinic.mergePatch(`${DEPLOYMENTS}/worker/scale`, { spec: { replicas: 7 } });
    await until(
      async () => {
        const { status } = (await clinic.server.api.demand(
          'GET',
          `${OWN}/healthcareservices/worker`,
        )) as HealthcareService;
        return status?.replicas === 7;
      },
      { what: 'the service to follow' },
    );
    expect(await clinic.replicasOf('worker')).toBe(7);
  });

  it('says that an older policy of the same target decides', async () => {
    await clinic.applyOwn('ScalingPolicy', 'scalingpolicies', 'a-later-one', spec);
    await clinic.server.api.demand(
      'DELETE',
      '/apis/autoscaling/v2/namespaces/clinic/horizontalpodautoscalers/worker',
    );
    await until(
      async () =>
        (await clinic.conditionsOf('scalingpolicies', 'a-later-one')).get('Ready')?.reason ===
          'OlderPolicyDecides' &&
        (await clinic.conditionsOf('scalingpolicies', 'worker')).get('Ready')?.status === 'True',
      { what: 'the later policy to stand back' },
    );
  });

  it('leaves its last decision when it is deleted, also over a restart of the operator, until spec.replicas changes', async () => {
    const service = { role: 'worker', dataClass: 'public', consumes: [{ event: 'a.b' }] };
    await clinic.applyService('kept', service);
    await clinic.makeBinding('kept', 'rabbit');
    clinic.depths.set('kept', 25);
    await clinic.applyOwn('ScalingPolicy', 'scalingpolicies', 'kept', {
      ...spec,
      target: { service: 'kept' },
    });
    await until(async () => (await clinic.replicasOf('kept')) === 3, { what: 'three pods' });
    await clinic.server.api.demand('DELETE', `${OWN}/scalingpolicies/kept`);
    const { message } = await clinic.conditionOf('kept', 'ReplicasAsDeclared', 'DecisionHeld');
    expect(message).toContain('3 replicas hold');
    await clinic.restartOperator();
    // A change that has nothing to do with it: the new operator has looked at the service.
    await clinic.applyService('kept', { ...service, config: { LOOKED: 'at' } });
    await until(
      async () =>
        JSON.stringify(await clinic.server.api.demand('GET', `${DEPLOYMENTS}/kept`)).includes('LOOKED'),
      { what: 'the change' },
    );
    expect(await clinic.replicasOf('kept')).toBe(3);
    await clinic.applyService('kept', { ...service, replicas: 2 });
    await until(async () => (await clinic.replicasOf('kept')) === 2, { what: 'the declared replicas' });
    expect((await clinic.conditionsOf('healthcareservices', 'kept')).has('ReplicasAsDeclared')).toBe(false);
  }, 60_000);

  it('says that its target does not exist', async () => {
    await clinic.applyOwn('ScalingPolicy', 'scalingpolicies', 'lost', {
      ...spec,
      target: { service: 'nowhere' },
    });
    await until(
      async () =>
        (await clinic.conditionsOf('scalingpolicies', 'lost')).get('Ready')?.reason === 'TargetNotFound',
      { what: 'the policy to miss its target' },
    );
  });
});
