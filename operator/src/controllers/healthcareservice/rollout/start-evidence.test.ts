import { describe, expect, it } from '@jest/globals';
import { aDeployment } from '../fixtures/objects.ts';
import { aRevisionPod } from '../fixtures/rollouts.ts';
import type { Pod, PodTemplate } from '../../../k8s/types.ts';
import { startEvidence, reservesMore, type StartInput } from './start-evidence.ts';

const MINUTE = 60_000;
const BEGAN = Date.parse('2026-11-22T12:00:00Z');
const exceeded = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };

/** Six minutes into a rollout with a deadline of five: an old pod serves, the new one is not ready. */
function input(changes: Partial<StartInput> = {}): StartInput {
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

function newPods(...pods: Parameters<typeof aRevisionPod>[2][]): Partial<StartInput> {
  const old = aRevisionPod('a-1', 'old', { readyAt: BEGAN - MINUTE });
  return { pods: [old, ...pods.map((state, index) => aRevisionPod(`b-${String(index)}`, 'new', state))] };
}

describe('evidence against a revision', () => {
  it('is a missed deadline while a pod of the former one was ready all the time', () => {
    expect(startEvidence(input()).fault?.reason).toBe('ProgressDeadlineExceeded');
  });

  it('is none before the Deployment’s controller gives up', () => {
    expect(startEvidence(input({ deployment: aDeployment('a', 1) }))).toEqual({});
  });

  it('is none while the controller goes on, however old the pods are', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }];
    const deployment = aDeployment('a', 1, { conditions });
    expect(startEvidence(input({ deployment, ...newPods({ createdAt: BEGAN }) }))).toEqual({});
  });

  it('is none when the controller has not seen the newest Deployment', () => {
    const deployment = aDeployment('a', 1, { conditions: exceeded, observedGeneration: 0 });
    expect(startEvidence(input({ deployment }))).toEqual({});
  });

  it('is not the deadline of an earlier revision: this one has its own, and is looked at when it ends', () => {
    expect(startEvidence(input({ now: BEGAN + 2 * MINUTE }))).toEqual({ againMs: 3 * MINUTE });
  });

  it('waits a whole deadline from when the old pods got their readiness back', () => {
    const back = aRevisionPod('a-1', 'old', { readyAt: BEGAN + 4 * MINUTE });
    expect(startEvidence(input({ pods: [back, aRevisionPod('a-2', 'new')] }))).toEqual({
      againMs: 3 * MINUTE,
    });
  });

  it('is a deadline of its own where to Kubernetes the rollout ended before there were pods (scaled up from zero)', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const deployment = aDeployment('a', 1, { conditions });
    const waiting = aRevisionPod('a-2', 'new', { createdAt: BEGAN + 60 * MINUTE });
    const scaled = { deployment, pods: [waiting], now: BEGAN + 62 * MINUTE };
    expect(startEvidence(input(scaled))).toEqual({ againMs: 3 * MINUTE });
    const late = { ...scaled, now: BEGAN + 65 * MINUTE };
    expect(startEvidence(input(late)).fault?.reason).toBe('ProgressDeadlineExceeded');
    const ready = aRevisionPod('a-3', 'new', { createdAt: BEGAN, readyAt: BEGAN + 61 * MINUTE });
    expect(startEvidence(input({ ...late, pods: [waiting, ready] }))).toEqual({});
    expect(startEvidence(input({ ...late, pods: [] }))).toEqual({});
  });

  it('is three crashes, well before the deadline', () => {
    const early = { now: BEGAN + MINUTE, deployment: aDeployment('a', 1) };
    expect(startEvidence(input({ ...early, ...newPods({ restarts: 2 }) }))).toEqual({});
    expect(startEvidence(input({ ...early, ...newPods({ restarts: 3 }) })).fault?.reason).toBe(
      'CrashLooping',
    );
  });

  it('is no crash loop while another new pod is ready', () => {
    const pods = newPods({ restarts: 3 }, { readyAt: BEGAN + MINUTE });
    expect(startEvidence(input({ ...pods, deployment: aDeployment('a', 1) }))).toEqual({});
  });

  it('is not that there is no room for a pod that asks for no more than the former one', () => {
    const pods = newPods({ conditions: [unschedulable] });
    expect(startEvidence(input(pods))).toEqual({});
    expect(startEvidence(input({ ...pods, asksForMore: true })).fault?.reason).toBe(
      'ProgressDeadlineExceeded',
    );
  });

  it('is none while one pod has no room and the others say nothing', () => {
    const pods = newPods({ conditions: [unschedulable] }, {});
    expect(startEvidence(input(pods))).toEqual({});
  });

  it('is none when the quota is used up', () => {
    const refused = {
      type: 'ReplicaFailure',
      status: 'True',
      message: 'pods "a" is forbidden: exceeded quota',
    };
    const deployment = aDeployment('a', 1, { conditions: [...exceeded, refused] });
    expect(startEvidence(input({ deployment, ...newPods() }))).toEqual({});
  });

  it('has the words of the API server where it refuses the pods', () => {
    const message = 'pods "a" is forbidden: maximum memory usage per Container is 64Mi';
    const refused = { type: 'ReplicaFailure', status: 'True', message };
    const deployment = aDeployment('a', 1, { conditions: [...exceeded, refused] });
    const witness = [aRevisionPod('a-1', 'old', { readyAt: 0 })];
    expect(startEvidence(input({ deployment, pods: witness })).fault).toEqual({
      reason: 'ProgressDeadlineExceeded',
      message,
    });
  });

  it('is judged by stores and broker where no old pod is left', () => {
    const pods = [aRevisionPod('a-2', 'new', { restarts: 4 })];
    expect(startEvidence(input({ pods })).fault?.reason).toBe('CrashLooping');
    expect(startEvidence(input({ pods, providersSince: undefined }))).toEqual({});
    const back = input({ pods, providersSince: BEGAN + 3 * MINUTE });
    expect(startEvidence(back)).toEqual({ againMs: 2 * MINUTE });
  });

  it('is a deadline that is over in the very moment', () => {
    expect(startEvidence(input({ now: BEGAN + 5 * MINUTE - 1 }))).toEqual({ againMs: 1 });
    expect(startEvidence(input({ now: BEGAN + 5 * MINUTE })).fault?.message).toBe(
      'its pods do not become ready',
    );
  });

  it('is a crash while the witness was well since the beginning, not later', () => {
    const crashing = aRevisionPod('a-2', 'new', { restarts: 3 });
    const early = { now: BEGAN + MINUTE, deployment: aDeployment('a', 1) };
    const at = (readyAt: number): unknown =>
      startEvidence(input({ ...early, pods: [aRevisionPod('a-1', 'old', { readyAt }), crashing] })).fault
        ?.reason;
    expect([at(BEGAN), at(BEGAN + 1)]).toEqual(['CrashLooping', undefined]);
  });

  it('takes the steadiest of the old pods for the witness, and none that is on its way out', () => {
    const [steady, back] = [BEGAN - MINUTE, BEGAN + 4 * MINUTE].map((readyAt, index) =>
      aRevisionPod(`o-${String(index)}`, 'old', { readyAt }),
    );
    if (steady === undefined || back === undefined) throw new Error('two pods');
    const crashing = aRevisionPod('a-2', 'new', { restarts: 3 });
    const reason = (pods: Pod[]): unknown => startEvidence(input({ pods })).fault?.reason;
    expect(reason([back, steady, aRevisionPod('o-2', 'old'), crashing])).toBe('CrashLooping');
    steady.metadata.deletionTimestamp = '2026-11-22T12:05:00Z';
    expect(reason([back, steady, crashing])).toBeUndefined();
  });

  it('is none while no pod of the former revision is ready: something else may be down', () => {
    const crashing = aRevisionPod('a-2', 'new', { restarts: 3 });
    expect(startEvidence(input({ pods: [aRevisionPod('a-1', 'old'), crashing] }))).toEqual({});
  });

  it('takes pods from before there were revisions for witnesses', () => {
    const early = aRevisionPod('a-1', '', { readyAt: BEGAN + 4 * MINUTE });
    delete early.metadata.labels;
    expect(startEvidence(input({ pods: [early, aRevisionPod('a-2', 'new')] }))).toEqual({
      againMs: 3 * MINUTE,
    });
  });

  it('is none of pods that do not say how old they are', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const deployment = aDeployment('a', 1, { conditions });
    expect(startEvidence(input({ deployment, pods: [aRevisionPod('a-2', 'new')] }))).toEqual({});
  });

  it('is counted from the oldest pod, and not from before the revision was begun', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const deployment = aDeployment('a', 1, { conditions });
    const created = (...minutes: number[]): unknown =>
      startEvidence(
        input({
          deployment,
          now: BEGAN + 3 * MINUTE,
          pods: minutes.map((minute, index) =>
            aRevisionPod(`a-${String(index)}`, 'new', { createdAt: BEGAN + minute * MINUTE }),
          ),
        }),
      );
    expect(created(2, 1)).toEqual({ againMs: 3 * MINUTE });
    expect(created(-9)).toEqual({ againMs: 2 * MINUTE });
  });

  it('is also a pod without room, where another one crashes', () => {
    const pods = newPods({ conditions: [unschedulable] }, { restarts: 3 });
    expect(startEvidence(input(pods)).fault?.reason).toBe('CrashLooping');
  });

  it.each([
    ['another refusal than a quota', 'True', 'violates PodSecurity', false],
    ['a quota that was used up and is not any more', 'False', 'exceeded quota', false],
    ['a quota, of pods that ask for more', 'True', 'exceeded quota', true],
  ])('is %s', (_, status, message, asksForMore) => {
    const conditions = [...exceeded, { type: 'ReplicaFailure', status, message }];
    const deployment = aDeployment('a', 1, { conditions });
    expect(startEvidence(input({ deployment, ...newPods(), asksForMore })).fault?.reason).toBe(
      'ProgressDeadlineExceeded',
    );
  });

  it('takes no notice of pods that are on their way out', () => {
    const leaving = aRevisionPod('a-2', 'new', { restarts: 9 });
    leaving.metadata.deletionTimestamp = '2026-11-22T12:05:00Z';
    const pods = [aRevisionPod('a-1', 'old', { readyAt: BEGAN - MINUTE }), leaving];
    expect(startEvidence(input({ pods, deployment: aDeployment('a', 1) }))).toEqual({});
  });
});

it('is put in few words, however much a scheduler has to say', () => {
  const conditions = [{ ...unschedulable, message: 'x'.repeat(5_000) }];
  const { fault } = startEvidence(input({ ...newPods({ conditions }), asksForMore: true }));
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
    expect(reservesMore(template('20m', '96Mi'), template('1', '1Gi'))).toBe(false);
  });

  it('is nothing where nothing is requested', () => {
    const silent: PodTemplate = { metadata: {}, spec: { containers: [{}] } };
    expect(reservesMore(template('1m', '0'), silent)).toBe(true);
    expect(reservesMore(silent, { metadata: {}, spec: { containers: [] } })).toBe(false);
    const limited: PodTemplate = { metadata: {}, spec: { containers: [{ resources: {} }] } };
    expect(reservesMore(limited, silent)).toBe(false);
    expect(reservesMore(template('1m', '0'), limited)).toBe(true);
  });
});
