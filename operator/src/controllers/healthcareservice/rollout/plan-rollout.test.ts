import { describe, expect, it } from '@jest/globals';
import { aService } from '../fixtures/objects.ts';
import { aRevisionPod, rolledOut, upgraded, type PlannedService } from '../fixtures/rollouts.ts';

const MINUTE = 60_000;

describe('a change of http.port', () => {
  type Children = ReturnType<PlannedService['turn']>['children'];

  /** What is said of the ports: by the Service, and by the NetworkPolicy to whoever enforces it. */
  function ways(children: Children): { service: number[]; policy: string } {
    const find = (kind: string): Record<string, unknown> =>
      children.find((child) => child.kind === kind)?.['spec'] as Record<string, unknown>;
    const ports = find('Service')['ports'] as { port: number; targetPort: string }[];
    expect(new Set(ports.map(({ targetPort }) => targetPort))).toEqual(new Set(['http']));
    return { service: ports.map(({ port }) => port), policy: JSON.stringify(find('NetworkPolicy')) };
  }

  const caller = aService('b', { calls: [{ service: 'a', port: 'http' }] });
  const turn = (a: PlannedService): Children => a.turn({ services: [a.service, caller] }).children;

  it('cuts nobody off: not the pods of the former revision, not callers that know the former number', () => {
    const { a } = upgraded();
    a.complete();
    const before = ways(turn(a));
    a.change({ http: { port: 8081 } });
    const during = ways(turn(a));
    expect(during.policy).toBe(before.policy);
    expect([before.service, during.service]).toEqual([[8080], [8081, 8080]]);
    a.complete();
    turn(a);
    expect(ways(turn(a)).service).toEqual([8081, 8080]);
  });

  it('that is rolled back leaves both numbers leading to the pods that serve', () => {
    const { a } = upgraded();
    a.complete();
    turn(a);
    const good = a.current;
    a.change({ http: { port: 8081 } });
    const { policy } = ways(turn(a));
    a.missDeadline(aRevisionPod('a-1', good, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', a.current));
    turn(a);
    turn(a);
    expect(a.current).toBe(good);
    a.complete();
    expect(ways(turn(a))).toEqual({ service: [8081, 8080], policy });
    expect(policy).toContain('"port":"http"');
    expect(policy).not.toMatch(/"port":808/);
  });
});

it('leaves a gateway its routes while pods may run that read them, also when it is none any more', () => {
  const { a } = upgraded({ role: 'gateway' });
  const routesOf = (): unknown => {
    const { children } = a.turn();
    return children.find(({ kind }) => kind === 'ConfigMap')?.['data'] ?? {};
  };
  expect(routesOf()).toHaveProperty(['routes.json']);
  a.change({ role: 'api' });
  expect(routesOf()).toHaveProperty(['routes.json']);
});

describe('a service that was scaled to zero while its revision failed', () => {
  it('is not rolled back: no pod is wanted', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: 0 }), aRevisionPod('a-2', v2));
    a.change({ replicas: 0 });
    a.turn();
    a.turn();
    expect(a.current).toBe(v2);
  });
});

it('keeps of careplane.dev/retry as much as tells two values apart', () => {
  const { a, v1, v2 } = upgraded();
  a.annotate({ 'careplane.dev/retry': 'x'.repeat(300) });
  a.missDeadline(aRevisionPod('a-1', v1, { readyAt: 0 }), aRevisionPod('a-2', v2));
  a.turn();
  expect(a.service.status?.rollout?.failed?.retry).toBe('x'.repeat(256));
});

describe('a paused service', () => {
  it('is not said to run what it would be rolled back to', () => {
    const { a, v1, v2 } = upgraded();
    a.annotate({ 'careplane.dev/paused': 'true' });
    a.missDeadline(aRevisionPod('a-0', v1, { readyAt: 0 }), aRevisionPod('a-1', v2));
    expect(rolledOut(a.turn())?.message).toContain(
      `${v1} (1.0.0) would serve instead, were the service not paused`,
    );
  });
});

describe('a service whose Deployment was deleted while nothing may begin', () => {
  it('keeps its revisions and what is known of them', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-0', v1, { readyAt: 0 }), aRevisionPod('a-1', v2, { restarts: 9 }));
    a.turn();
    a.turn();
    expect(a.current).toBe(v1);
    const missing = {
      secrets: [{ name: 's', exists: false, missingKeys: [], guardedKeys: [], isWatched: true }],
    };
    a.change({ secrets: [{ name: 's' }] });
    const before = a.service.status?.rollout;
    a.deployment = undefined;
    const held = a.turn(missing);
    expect(held.children.map(({ kind }) => kind)).not.toContain('Deployment');
    expect(a.revisions.map(({ metadata }) => metadata.name)).toEqual([`a-${v1}`, `a-${v2}`]);
    expect(a.service.status?.rollout).toEqual(before);
  });
});

describe('careplane.dev/rollback-to', () => {
  it('pins a revision, says so, and lets the spec go on when it is removed', () => {
    const { a, v1, v2 } = upgraded();
    a.complete();
    a.turn();
    a.annotate({ 'careplane.dev/rollback-to': v1 });
    a.turn();
    expect(a.current).toBe(v1);
    a.complete();
    expect(rolledOut(a.turn())).toMatchObject({
      status: 'False',
      reason: 'Pinned',
      message: `the annotation careplane.dev/rollback-to holds ${v1} (1.0.0), the spec asks for ${v2}: remove the annotation to go forward`,
    });
    a.annotate({});
    a.turn();
    expect(a.current).toBe(v2);
  });

  it('to an unknown revision changes nothing and lists those that there are', () => {
    const { a, v1, v2 } = upgraded();
    a.complete();
    a.annotate({ 'careplane.dev/rollback-to': 'deadbeef00' });
    expect(rolledOut(a.turn())).toMatchObject({
      status: 'False',
      reason: 'UnknownRevision',
      message: `the annotation careplane.dev/rollback-to names "deadbeef00", which is no revision of this service; there are: ${v2} (2.0.0), ${v1} (1.0.0)`,
    });
    expect(a.current).toBe(v2);
  });
});

describe('the history', () => {
  it('keeps ten revisions, and the last Ready one however old it is', () => {
    const { a, v1 } = upgraded();
    for (let version = 3; version < 20; version++) {
      a.change({ image: `localhost/careplane/a:${String(version)}.0.0` });
      a.turn();
    }
    expect(a.revisions).toHaveLength(10);
    expect(a.revisions.map(({ metadata }) => metadata.name)).toContain(`a-${v1}`);
  });

  it('has the revision that runs even when somebody deletes its object', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', v2));
    a.turn();
    a.turn();
    const { template } = a.deployment?.spec ?? {};
    a.revisions = [];
    a.turn();
    expect(a.deployment?.spec?.template).toEqual(template);
    expect(a.revisions.map(({ metadata }) => metadata.name)).toContain(`a-${v1}`);
  });

  it('is the same in every turn at rest', () => {
    const { a } = upgraded();
    a.complete();
    a.turn();
    const before = [a.revisions, a.service.status];
    a.now += 30 * MINUTE;
    a.turn();
    expect([a.revisions, a.service.status]).toEqual(before);
  });
});
