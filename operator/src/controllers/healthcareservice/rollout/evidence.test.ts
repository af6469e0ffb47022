import { describe, expect, it } from '@jest/globals';
import { LABEL } from '../../../api/group.ts';
import type { Deployment, PodTemplate } from '../../../k8s/types.ts';
import { aDeployment, aService } from '../fixtures/objects.ts';
import { aRevisionPod } from '../fixtures/rollouts.ts';
import { evidenceAgainst } from './evidence.ts';
import { pastOf, type Past } from './history.ts';
import { NO_RECORD } from './record.ts';
import { Revision } from './revision.ts';
import type { Running } from './running.ts';

const BEGAN = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;
const { spec } = aService('a');

function aRevision(hash: string, cpu: string): Revision {
  const template: PodTemplate = {
    metadata: { labels: { [LABEL.revision]: hash } },
    spec: { containers: [{ resources: { requests: { cpu } } }] },
  };
  return new Revision(hash, { template });
}

const target = aRevision('new', '20m');

function deploymentOf(revision: Revision, reason = 'ProgressDeadlineExceeded'): Deployment {
  const conditions = [{ type: 'Progressing', status: 'False', reason }];
  return { ...aDeployment('a', 1, { conditions }), spec: { template: revision.template } };
}

/** The new revision was begun, the former one was Ready. */
function past(former: Revision, changes: Partial<Past> = {}): Past {
  const record = {
    begun: { revision: 'new', at: BEGAN },
    ready: [{ revision: former.hash, at: 0 }],
    failed: undefined,
  };
  const history = new Map([[former.hash, { revision: former, number: 1 }]]);
  return { ...pastOf(record, history, target), ...changes };
}

/** Six minutes after the beginning the deadline is missed: the new pod finds no room, as its condition says. */
function running(changes: Partial<Running> = {}): Running {
  const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
  return {
    deployment: deploymentOf(target),
    pods: [
      aRevisionPod('a-1', 'old', { readyAt: 0 }),
      aRevisionPod('a-2', 'new', { conditions: [unschedulable] }),
    ],
    history: new Map(),
    traffic: undefined,
    providersSince: 0,
    needsSince: 0,
    now: BEGAN + 6 * MINUTE,
    ...changes,
  };
}

const [smaller, equal] = [aRevision('old', '10m'), aRevision('old', '20m')];

describe('evidence against the spec’s revision', () => {
  it('is a pod without room where its revision asks for more than the former one', () => {
    expect(evidenceAgainst(target, past(smaller), running(), spec).fault?.reason).toBe(
      'ProgressDeadlineExceeded',
    );
    expect(evidenceAgainst(target, past(equal), running(), spec)).toEqual({});
  });

  it('counts from when the revision was begun, by the deadline of the spec', () => {
    const early = running({ now: BEGAN + MINUTE });
    expect(evidenceAgainst(target, past(smaller), early, spec)).toEqual({ againMs: 4 * MINUTE });
  });

  it('is none while the Deployment has another revision, or there is no Deployment', () => {
    const other = running({ deployment: deploymentOf(smaller) });
    expect(evidenceAgainst(target, past(smaller), other, spec)).toEqual({});
    const none = running({ deployment: undefined });
    expect(evidenceAgainst(target, past(smaller), none, spec)).toEqual({});
  });

  it('is no pod without room where no former revision is known', () => {
    expect(evidenceAgainst(target, past(smaller, { former: undefined }), running(), spec)).toEqual({});
  });

  it('is none while nothing says that the revision was begun', () => {
    const scaled = running({
      deployment: deploymentOf(target, 'NewReplicaSetAvailable'),
      pods: [aRevisionPod('a-2', 'new', { createdAt: BEGAN })],
    });
    expect(evidenceAgainst(target, past(smaller), scaled, spec).fault).toBeDefined();
    expect(evidenceAgainst(target, past(smaller, { begunAt: undefined }), scaled, spec)).toEqual({});
    expect(evidenceAgainst(target, past(smaller, { begunAt: undefined }), running(), spec)).toEqual({});
    expect(evidenceAgainst(target, pastOf(NO_RECORD, new Map(), target), running(), spec)).toEqual({});
  });

  it('is no missed deadline once the revision was Ready', () => {
    const proven = past(smaller, { readyAt: BEGAN + MINUTE });
    expect(evidenceAgainst(target, proven, running(), spec).fault).toBeUndefined();
  });

  it('is a crash in the bake time, which began when the revision was Ready', () => {
    const crashing = running({ pods: [aRevisionPod('a-2', 'new', { restarts: 3 })] });
    const ready = [
      { revision: 'new', at: BEGAN + MINUTE },
      { revision: 'old', at: 0 },
    ];
    const record = { begun: undefined, ready, failed: undefined };
    const proven = past(smaller, { record, readyAt: BEGAN + MINUTE });
    expect(evidenceAgainst(target, proven, crashing, spec).fault?.reason).toBe('CrashLooping');
    const later = { ...crashing, now: BEGAN + 16 * MINUTE };
    expect(evidenceAgainst(target, proven, later, spec)).toEqual({});
  });
});
