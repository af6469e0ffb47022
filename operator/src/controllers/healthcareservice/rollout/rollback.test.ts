import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import { aService, aStore } from '../fixtures/objects.ts';
import { bindingSecretName } from '../../../names/service-names.ts';
import { aRevisionPod, PlannedService, rolledOut, upgraded, V1, V2 } from '../fixtures/rollouts.ts';

const MINUTE = 60_000;

/** Proven to be encrypted, and up since then; not up where nothing is given. */
function aStoreSince(lastTransitionTime: string | undefined): EncryptedStore {
  const store = aStore('db');
  const up = { type: 'PrimaryAvailable', reason: 'Tested', message: '' } as const;
  const primary =
    lastTransitionTime === undefined
      ? { ...up, status: 'False' as const }
      : { ...up, status: 'True' as const, lastTransitionTime };
  return { ...store, status: { conditions: [...(store.status?.conditions ?? []), primary] } };
}

describe('a revision that does not start', () => {
  it('is rolled back when it misses its deadline: said first, done in the next turn', () => {
    const { a, v1, v2 } = upgraded();
    const old = aRevisionPod('a-1', v1, { readyAt: a.now - 60 * MINUTE });
    a.missDeadline(old, aRevisionPod('a-2', v2));
    const said = a.turn();
    expect(a.current).toBe(v2);
    expect(said.requeueAfterMs).toBe(1);
    const done = a.turn();
    expect(a.current).toBe(v1);
    expect(rolledOut(said)).toEqual(rolledOut(done));
    expect(rolledOut(done)).toMatchObject({
      status: 'False',
      reason: 'RolledBack',
      message: `revision ${v2} failed (ProgressDeadlineExceeded: its pods do not become ready); ${v1} (1.0.0) serves instead: change the spec, or set the annotation careplane.dev/retry to a new value to try it again`,
    });
    expect(done.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'RolledBack' }));
  });

  it('is rolled back after three crashes, with the summary of its termination message', () => {
    const { a, v1, v2 } = upgraded();
    a.now += MINUTE;
    const said = '{"level":"error","message":"fatal","error":"ConfigError","reason":"ISSUER is missing"}';
    a.pods = [
      aRevisionPod('a-1', v1, { readyAt: a.now - 60 * MINUTE }),
      aRevisionPod('a-2', v2, { restarts: 3, said }),
    ];
    a.turn();
    expect(rolledOut(a.turn())?.message).toContain(
      'pod a-2: container main ended with exit code 1 (Error): fatal: ConfigError: ISSUER is missing',
    );
    expect(a.current).toBe(v1);
  });

  it('shows the version that serves, and is not tried again by any later turn', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', v2));
    a.turn();
    a.turn();
    for (let turn = 0; turn < 3; turn++) {
      a.complete();
      a.now += 60 * MINUTE;
      a.turn();
    }
    expect(a.current).toBe(v1);
    expect(a.service.status).toMatchObject({ version: '1.0.0', revision: v1 });
  });

  it('is still not tried again when the operator died between noticing and acting', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', v2));
    a.turn({}, true);
    expect(a.current).toBe(v2);
    a.turn();
    a.turn({}, true);
    a.complete();
    a.turn();
    expect(a.current).toBe(v1);
  });

  it('is tried again when careplane.dev/retry changes, and when the spec does', () => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', v2));
    a.turn();
    a.turn();
    a.annotate({ 'careplane.dev/retry': '1' });
    a.turn();
    expect(a.current).toBe(v2);
    a.change({ image: 'localhost/careplane/a:2.0.1' });
    a.turn();
    expect([v1, v2]).not.toContain(a.current);
  });

  it('is only reported where automatic rollback is off', () => {
    const { a, v1, v2 } = upgraded({ rollout: { deadline: '5m', automaticRollback: false } });
    a.missDeadline(aRevisionPod('a-1', v1, { readyAt: a.now - MINUTE }), aRevisionPod('a-2', v2));
    a.turn();
    expect(rolledOut(a.turn())).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(a.current).toBe(v2);
  });

  it('is rolled back when it was begun at zero replicas, scaled up later, and no pod of it gets ready', () => {
    const { a, v1, v2 } = upgraded({ replicas: 0 });
    a.complete(0);
    a.turn();
    a.now += 60 * MINUTE;
    a.change({ replicas: 1 });
    a.scaleUp(aRevisionPod('a-2', v2, { createdAt: a.now }));
    const started = a.turn();
    expect(rolledOut(started)).toMatchObject({ status: 'False', reason: 'InProgress' });
    expect(started.requeueAfterMs).toBe(5 * MINUTE);
    a.now += 5 * MINUTE;
    a.turn();
    expect(rolledOut(a.turn())).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(a.current).toBe(v1);
  });

  it('stays when it is the first: there is nothing to go back to', () => {
    const a = new PlannedService(aService('a', { image: V1 }));
    a.turn();
    const v1 = a.current;
    a.missDeadline(aRevisionPod('a-1', v1, { restarts: 5 }));
    a.turn();
    a.turn();
    expect(a.current).toBe(v1);
  });

  it('is not begun while something that its pods mount is missing', () => {
    const { a, v1 } = upgraded();
    a.change({ image: V1 });
    a.turn();
    a.complete();
    a.change({ image: V2, secrets: [{ name: 'keys' }] });
    const secrets = [{ name: 'keys', exists: false, missingKeys: [], guardedKeys: [], isWatched: false }];
    expect(rolledOut(a.turn({ secrets }))).toMatchObject({ status: 'False', reason: 'Held' });
    expect(a.current).toBe(v1);
  });

  it('is not begun while its data would lie in a store whose encryption is unproven; pods that run stay', () => {
    const { a, v1 } = upgraded({ dataClass: 'phi' });
    a.change({ image: V1 });
    a.turn();
    a.complete();
    a.change({ image: V2, stores: [{ store: 'db' }] });
    const facts = { stores: [aStore('db', {}, 'False')], bindingSecrets: new Set(['a.db']) };
    const held = a.turn(facts);
    expect(rolledOut(held)).toMatchObject({
      reason: 'Held',
      message: expect.stringContaining('DataProtected') as unknown,
    });
    expect(held.conditions).toContainEqual(expect.objectContaining({ reason: 'EncryptionUnproven' }));
    expect([a.current, held.children.some(({ kind }) => kind === 'Deployment')]).toEqual([v1, true]);
    a.turn({ ...facts, stores: [aStore('db')] });
    expect(a.current).not.toBe(v1);
  });
});

describe('no rollback', () => {
  /** Before services had certificates: nobody writes these files any more. */
  function madeBefore({ a, v1 }: ReturnType<typeof upgraded>): void {
    for (const kept of a.revisions)
      if (kept.metadata.labels?.['careplane.dev/revision'] === v1)
        kept.data = {
          template: String(kept.data?.['template']).replaceAll(
            '{"key":"callers.json",',
            '{"key":"issuer","path":"issuer"},{"key":"jwks.json","path":"jwks.json"},{"key":"callers.json",',
          ),
        };
  }
  const WHY = 'mount files that there are no more (issuer, jwks.json)';

  it('to a revision whose pods could not start, since an earlier operator made it: the condition says so', () => {
    const upgrade = upgraded();
    const { a, v1, v2 } = upgrade;
    madeBefore(upgrade);
    const old = aRevisionPod('a-1', v1, { readyAt: a.now - 60 * MINUTE });
    a.missDeadline(old, aRevisionPod('a-2', v2));
    a.turn();
    const said = rolledOut(a.turn());
    expect(a.current).toBe(v2);
    expect(said).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(said?.message).toContain(`${v1} (1.0.0) was made by an earlier version of the operator`);
    expect(said?.message).toContain(WHY);
  });

  it('to such a revision by a pin, either', () => {
    const upgrade = upgraded();
    const { a, v1, v2 } = upgrade;
    madeBefore(upgrade);
    a.annotate({ 'careplane.dev/rollback-to': v1 });
    const said = rolledOut(a.turn());
    expect(a.current).toBe(v2);
    expect(said?.reason).toBe('UnknownRevision');
    expect(said?.message).toContain(WHY);
    expect(said?.message).toMatch(new RegExp(`there are: ${v2} [(]2.0.0[)]$`));
  });

  it.each([
    ['the old pods lost their readiness, too (a store is down)', {}],
    ['the old pods have only just got it back', { readyAt: Date.parse('2026-11-22T13:05:30Z') }],
  ])('while %s', (_, state) => {
    const { a, v1, v2 } = upgraded();
    a.missDeadline(aRevisionPod('a-1', v1, state), aRevisionPod('a-2', v2, { restarts: 9 }));
    a.turn();
    a.turn();
    expect(a.current).toBe(v2);
  });

  it('when a service is scaled up and its pods find no room', () => {
    const { a, v2 } = upgraded();
    a.complete();
    a.turn();
    a.change({ replicas: 5 });
    const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
    a.missDeadline(
      aRevisionPod('a-1', v2, { readyAt: a.now }),
      aRevisionPod('a-2', v2, { conditions: [unschedulable] }),
    );
    a.turn();
    a.turn();
    expect(a.current).toBe(v2);
  });

  it.each([
    ['a quarter of an hour after it was Ready', 15 * MINUTE, []],
    ['while another of its pods is ready', 0, [{ readyAt: Date.parse('2026-11-22T13:00:00Z') }]],
  ])('when a revision that was Ready crashes %s', (_, laterMs, others) => {
    const { a, v2 } = upgraded();
    a.complete();
    a.turn();
    a.now += laterMs;
    const healthy = others.map((state) => aRevisionPod('a-2', v2, state));
    a.missDeadline(aRevisionPod('a-1', v2, { restarts: 9 }), ...healthy);
    a.turn();
    a.turn();
    expect(a.current).toBe(v2);
  });

  it('when it crashes soon after it was Ready, but its store has been away since', () => {
    const bindingSecrets = new Set([bindingSecretName('a', 'db')]);
    const up = { stores: [aStoreSince('2026-11-22T11:00:00Z')], bindingSecrets };
    const { a, v2 } = upgraded({ stores: [{ store: 'db' }] }, up);
    a.complete();
    a.turn(up);
    a.missDeadline(aRevisionPod('a-1', v2, { restarts: 9 }));
    for (const stores of [[aStoreSince(undefined)], [aStoreSince('2026-11-22T13:05:00Z')]]) {
      a.turn({ ...up, stores });
      a.turn({ ...up, stores });
      expect(a.current).toBe(v2);
    }
    a.turn(up);
    a.turn(up);
    expect(a.current).not.toBe(v2);
  });

  it('when the service was scaled to zero, where every revision is complete and none is proven', () => {
    const { a, v2 } = upgraded({ replicas: 0 });
    a.complete(0);
    a.turn();
    expect(a.service.status?.rollout?.ready?.map(({ revision }) => revision)).not.toContain(v2);
    expect(a.current).toBe(v2);
  });
});
