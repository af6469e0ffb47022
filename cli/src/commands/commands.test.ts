import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import type { CustomObject } from '@careplane/operator/runtime/kube';
import { renderStatus, statusOf, withUnwatched } from './status.ts';
import { renderTop } from './top.ts';

function anObject(status: CustomObject<unknown>['status'], metadata: object = {}): CustomObject<unknown> {
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'HealthcareService',
    metadata: { name: 'a', namespace: 'clinic', generation: 2, ...metadata },
    spec: {},
    ...(status === undefined ? {} : { status }),
  };
}

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'everything is as declared',
} as const;

describe('status', () => {
  it('is what Ready says of the newest generation', () => {
    expect(statusOf(anObject({ observedGeneration: 2, conditions: [ready] }))).toMatchObject({
      ready: 'True',
    });
    expect(statusOf(anObject({ observedGeneration: 1, conditions: [ready] }))).toMatchObject({
      ready: 'Unknown',
      reason: 'NotSeen',
    });
  });

  it('is not Ready when nobody has looked, or when it goes', () => {
    expect(statusOf(anObject(undefined)).ready).toBe('Unknown');
    const going = anObject({ observedGeneration: 2, conditions: [ready] }, { deletionTimestamp: 'now' });
    expect(statusOf(going)).toMatchObject({ ready: 'False', reason: 'Deleting' });
  });

  it.each([
    ['is not watched', '--namespaces=ward', 'NotWatched', 'the operator looks at ward only (--namespaces)'],
    ['is watched', '--namespaces=clinic', 'NotSeen', 'the operator has not looked at it yet'],
  ])('says of what nobody has looked at that its namespace %s', async (_, flag, reason, message) => {
    const containers = [{ args: [flag] }];
    const deployment = { spec: { template: { spec: { containers } } } };
    const client = { get: () => Promise.resolve(deployment) } as unknown as KubeClient;
    const seen = anObject({ observedGeneration: 2, conditions: [ready] });
    const where = { operatorNamespace: 'careplane-system', operatorDeployment: 'careplane-operator' };
    const rows = await withUnwatched([statusOf(anObject(undefined)), statusOf(seen)], client, where);
    expect(rows).toMatchObject([{ reason, message }, { reason: 'Ready' }]);
  });

  it('tells below the table what stores and brokers keep of services that are gone', () => {
    const departing = [
      { service: 'billing', since: '2026-11-28T10:00:00Z' },
      { service: 'mails', since: '2026-11-29T10:00:00Z', scope: 'Leftovers' },
    ];
    const retained = {
      type: 'TopologySynced',
      status: 'True',
      reason: 'QueuesRetained',
      message: 'as declared; kept since they hold messages: billing; purge them, and they are deleted',
    } as const;
    const status = { observedGeneration: 2, conditions: [ready, retained], departing };
    const text = renderStatus([statusOf(anObject(status)), statusOf(anObject(undefined))], false);
    expect(text.split('\n').slice(3)).toEqual([
      '',
      'Kept of services that are gone:',
      '  HealthcareService a: what billing had, which is gone since 2026-11-28T10:00:00Z, for the grace period',
      '  HealthcareService a: leftovers of mails since 2026-11-29T10:00:00Z, for the grace period',
      '  HealthcareService a: as declared; kept since they hold messages: billing; purge them, and they are deleted',
      '',
    ]);
  });

  it('is a table with aligned columns and messages cut to one line', () => {
    const row = statusOf(
      anObject({ observedGeneration: 2, conditions: [{ ...ready, message: `a\n${'b'.repeat(100)}` }] }),
    );
    const [head, body] = renderStatus([row], true).split('\n');
    expect(head).toBe('NAMESPACE  KIND               NAME  READY  REASON  MESSAGE');
    expect(body).toMatch(/^clinic {5}HealthcareService {2}a {5}True {3}Ready {3}a b+…$/);
  });
});

describe('top', () => {
  it('shows figures in their units, and a dash for what is not known', () => {
    const rows = [
      {
        namespace: 'clinic',
        name: 'a',
        ready: 1,
        wanted: 2,
        cpu: 0.0255,
        memory: 2 ** 27,
        rate: 12.34,
        errors: 0.005,
        p95: 0.1834,
      },
      { namespace: 'clinic', name: 'b', ready: 0, wanted: 0 },
    ];
    expect(renderTop(rows, false)).toBe(`SERVICE  PODS  CPU  MEMORY  REQUESTS/S  ERRORS  P95
a        1/2   26m  128Mi   12.3        0.5 %   183 ms
b        0/0   -    -       -           -       -
`);
  });
});
