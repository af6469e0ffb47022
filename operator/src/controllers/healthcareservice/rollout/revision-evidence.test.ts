import { describe, expect, it } from '@jest/globals';
import { aDeployment } from '../fixtures/objects.ts';
import { aRevisionPod } from '../fixtures/rollouts.ts';
import type { PodTemplate } from '../../../k8s/types.ts';
import { evidenceAgainst, reservesMore } from './revision-evidence.ts';
import type { RolloutSight } from './revision-evidence.ts';

const MINUTE = 60_000;
const BEGAN = Date.parse('2026-11-22T12:00:00Z');
const exceeded = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };

/** Six minutes into a rollout with a deadline of five: an old pod serves, the new one is not ready. */
function sight(changes: Partial<RolloutSight> = {}): RolloutSight {
  return {
    revision: 'new',
    beganAt: BEGAN,
    deadline: 5 * MINUTE,
    deployment: aDeployment('a', 1, { conditions: exceeded }),
    pods: [aRevisionPod('a-1', 'old', { readyAt: BEGAN - MINUTE }), aRevisionPod('a-2', 'new')],
    providersSince: 0,
    asksForMore: false,
    now: BEGAN + 6 * MINUTE,
    ...changes,
  };
}

function newPods(...pods: Parameters<typeof aRevisionPod>[2][]): Partial<RolloutSight> {
  const old = aRevisionPod('a-1', 'old', { readyAt: BEGAN - MINUTE });
  return { pods: [old, ...pods.map((state, index) => aRevisionPod(`b-${String(index)}`, 'new', state))] };
}

describe('evidence against a revision', () => {
  it('is a missed deadline while a pod of the former one was ready all the time', () => {
    expect(evidenceAgainst(sight()).fault?.reason).toBe('ProgressDeadlineExceeded');
  });

  it('is none before the Deployment’s controller gives up', () => {
    expect(evidenceAgainst(sight({ deployment: aDeployment('a', 1) }))).toEqual({});
  });

  it('is none when the controller has not seen the newest Deployment', () => {
    const deployment = aDeployment('a', 1, { conditions: exceeded, observedGeneration: 0 });
    expect(evidenceAgainst(sight({ deployment }))).toEqual({});
  });

  it('is not the deadline of an earlier revision: this one has its own, and is looked at when it ends', () => {
    expect(evidenceAgainst(sight({ now: BEGAN + 2 * MINUTE }))).toEqual({ againMs: 3 * MINUTE });
  });

  it('waits a whole deadline from when the old pods got their readiness back', () => {
    const back = aRevisionPod('a-1', 'old', { readyAt: BEGAN + 4 * MINUTE });
    expect(evidenceAgainst(sight({ pods: [back, aRevisionPod('a-2', 'new')] }))).toEqual({
      againMs: 3 * MINUTE,
    });
  });

  it('is a deadline of its own where to Kubernetes the rollout ended before there were pods (scaled up from zero)', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const deployment = aDeployment('a', 1, { conditions });
    const waiting = aRevisionPod('a-2', 'new', { createdAt: BEGAN + 60 * MINUTE });
    const scaled = { deployment, pods: [waiting], now: BEGAN + 62 * MINUTE };
    expect(evidenceAgainst(sight(scaled))).toEqual({ againMs: 3 * MINUTE });
    const late = { ...scaled, now: BEGAN + 65 * MINUTE };
    expect(evidenceAgainst(sight(late)).fault?.reason).toBe('ProgressDeadlineExceeded');
    const ready = aRevisionPod('a-3', 'new', { createdAt: BEGAN, readyAt: BEGAN + 61 * MINUTE });
    expect(evidenceAgainst(sight({ ...late, pods: [waiting, ready] }))).toEqual({});
    expect(evidenceAgainst(sight({ ...late, pods: [] }))).toEqual({});
  });

  it('is three crashes, well before the deadline', () => {
    const early = { now: BEGAN + MINUTE, deployment: aDeployment('a', 1) };
    expect(evidenceAgainst(sight({ ...early, ...newPods({ restarts: 2 }) }))).toEqual({});
    expect(evidenceAgainst(sight({ ...early, ...newPods({ restarts: 3 }) })).fault?.reason).toBe(
      'CrashLooping',
    );
  });

  it('is no crash loop while another new pod is ready', () => {
    const pods = newPods({ restarts: 3 }, { readyAt: BEGAN + MINUTE });
    expect(evidenceAgainst(sight({ ...pods, deployment: aDeployment('a', 1) }))).toEqual({});
  });

  it('is not that there is no room for a pod that asks for no more than the former one', () => {
    const pods = newPods({ conditions: [unschedulable] });
    expect(evidenceAgainst(sight(pods))).toEqual({});
    expect(evidenceAgainst(sight({ ...pods, asksForMore: true })).fault?.reason).toBe(
      'ProgressDeadlineExceeded',
    );
  });

  it('is none when the quota is used up', () => {
    const refused = {
      type: 'ReplicaFailure',
      status: 'True',
      message: 'pods "a" is forbidden: exceeded quota',
    };
    const deployment = aDeployment('a', 1, { conditions: [...exceeded, refused] });
    expect(evidenceAgainst(sight({ deployment, ...newPods() }))).toEqual({});
  });

  it('is judged by stores and broker where no old pod is left', () => {
    const pods = [aRevisionPod('a-2', 'new', { restarts: 4 })];
    expect(evidenceAgainst(sight({ pods })).fault?.reason).toBe('CrashLooping');
    expect(evidenceAgainst(sight({ pods, providersSince: undefined }))).toEqual({});
    const back = sight({ pods, providersSince: BEGAN + 3 * MINUTE });
    expect(evidenceAgainst(back)).toEqual({ againMs: 2 * MINUTE });
  });

  it('takes no notice of pods that are on their way out', () => {
    const leaving = aRevisionPod('a-2', 'new', { restarts: 9 });
    leaving.metadata.deletionTimestamp = '2026-11-22T12:05:00Z';
    const pods = [aRevisionPod('a-1', 'old', { readyAt: BEGAN - MINUTE }), leaving];
    expect(evidenceAgainst(sight({ pods, deployment: aDeployment('a', 1) }))).toEqual({});
  });
});

it('is put in few words, however much a scheduler has to say', () => {
  const conditions = [{ ...unschedulable, message: 'x'.repeat(5_000) }];
  const { fault } = evidenceAgainst(sight({ ...newPods({ conditions }), asksForMore: true }));
  expect(fault?.message.length).toBeLessThanOrEqual(600);
});

describe('what a revision reserves', () => {
  const template = (cpu: string, memory: string): PodTemplate => ({
    metadata: {},
    spec: { containers: [{ resources: { requests: { cpu, memory } } }] },
  });

  it('is more when CPU or memory is', () => {
    expect(reservesMore(template('20m', '1Gi'), template('20m', '96Mi'))).toBe(true);
    expect(reservesMore(template('1', '96Mi'), template('20m', '96Mi'))).toBe(true);
    expect(reservesMore(template('20m', '96Mi'), template('20m', '96Mi'))).toBe(false);
  });
});
