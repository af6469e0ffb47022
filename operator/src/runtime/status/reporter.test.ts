import { describe, expect, it } from '@jest/globals';
import type { JudgedCondition } from '../controller.ts';
import { clinicController, clinics } from '../fixtures/clinic.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { keyOf } from '../keys.ts';
import type { Condition, CustomObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { noTracing } from '../telemetry/tracing.ts';
import { Reporter, type ReporterEnvironment } from './reporter.ts';
import { conditionType, WHEN_SETTLED } from './reasons.ts';
import type { Status } from './status.ts';

const UNPROVEN = {
  type: 'Proven',
  status: 'False',
  reason: 'Unproven',
  message: 'nothing shows it',
} as const;
const INFORMING = { ...UNPROVEN, informs: true } as const;
const Up = conditionType({
  type: 'Up',
  meaning: '',
  reasons: { Down: { needsPerson: WHEN_SETTLED, meaning: '' } },
});
const DOWN = { type: 'Up', status: 'False', reason: 'Down', message: 'nobody answers' } as const;
const PAUSED = {
  type: 'Paused',
  status: 'True',
  reason: 'Paused',
  message: 'as asked',
  informs: true,
} as const;

interface Scene {
  reporter: Reporter;
  clock: ManualClock;
  /** The object's status. */
  statusOf: (object: CustomObject<unknown>) => Status;
  /** Reason of the object's `Ready`. */
  ready: (object: CustomObject<unknown>) => string | undefined;
  refuse: (refuses: boolean) => void;
}

function scene(): Scene {
  const statuses = new Map<string, Status>();
  let refuses = false;
  const clock = new ManualClock();
  const idOf = ({ metadata }: CustomObject<unknown>): string => metadata.uid ?? '';
  const environment = {
    status: {
      current: (object: CustomObject<unknown>) => statuses.get(idOf(object)) ?? {},
      write: (_client: unknown, object: CustomObject<unknown>, status: Status) => {
        if (refuses) return Promise.reject(new Error('away'));
        statuses.set(idOf(object), status);
        return Promise.resolve(true);
      },
    },
    events: { record: () => Promise.resolve() },
    tracing: noTracing,
    clock,
    log: silentLogger,
    signal: new AbortController().signal,
  } as unknown as ReporterEnvironment;
  return {
    reporter: new Reporter({ ...clinicController(), conditions: [Up] }, environment),
    clock,
    statusOf: (object) => statuses.get(idOf(object)) ?? {},
    ready: (object) => readyOf(statuses.get(idOf(object))?.conditions ?? []),
    refuse: (now) => {
      refuses = now;
    },
  };
}

function readyOf(conditions: readonly Condition[]): string | undefined {
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}

function clinicOf(name: string): CustomObject<unknown> {
  const { apiVersion, kind } = clinics;
  return { apiVersion, kind, metadata: { name, namespace: 'default', uid: name }, spec: {} };
}

function saying(...conditions: JudgedCondition[]): { conditions: JudgedCondition[] } {
  return { conditions };
}

describe('a condition that informs for some objects of a kind', () => {
  const [preferred, required] = [clinicOf('preferred'), clinicOf('required')];

  it('counts for the others, also where only some conditions are changed', async () => {
    const { reporter, ready } = scene();
    await reporter.report(preferred, saying(INFORMING));
    await reporter.report(required, saying(UNPROVEN));
    for (const change of [DOWN, PAUSED]) {
      await reporter.showConditions(required, [change]);
      expect(ready(required)).toBe('Unproven');
    }
    await reporter.showConditions(preferred, [DOWN]);
    expect(ready(preferred)).toBe('Down');
  });

  it('counts from the report on that says so', async () => {
    const { reporter, ready } = scene();
    await reporter.report(preferred, saying(INFORMING));
    await reporter.report(preferred, saying(UNPROVEN));
    await reporter.showConditions(preferred, [PAUSED]);
    expect(ready(preferred)).toBe('Unproven');
  });

  it('informs as the status on record says, not as one that could not be written', async () => {
    const { reporter, ready, refuse } = scene();
    await reporter.report(preferred, saying(INFORMING));
    refuse(true);
    await expect(reporter.report(preferred, saying(UNPROVEN))).rejects.toThrow('away');
    refuse(false);
    await reporter.showConditions(preferred, [PAUSED]);
    expect(ready(preferred)).toBe('Ready');
  });

  it('is taken from Ready where this operator has not reported yet', async () => {
    const { reporter, ready } = scene();
    await reporter.report(preferred, saying(INFORMING));
    reporter.forget(keyOf(preferred));
    await reporter.showConditions(preferred, [PAUSED]);
    expect(ready(preferred)).toBe('Ready');
    await reporter.showConditions(preferred, [DOWN]);
    expect(ready(preferred)).toBe('Down');
    await reporter.showConditions(preferred, [PAUSED]);
    expect(ready(preferred)).toBe('Down');
  });
});

describe('a run that ended with an error', () => {
  const object = { ...clinicOf('broken'), metadata: { name: 'broken', uid: 'broken', generation: 7 } };
  const progress = ({ conditions = [] }: Status): (string | undefined)[] =>
    ['Reconciling', 'Stalled'].map((type) => conditions.find((one) => one.type === type)?.reason);

  it('is about the newest generation, since tools read no condition of an older one', async () => {
    const { reporter, statusOf } = scene();
    await reporter.showConditions(object, [DOWN]);
    expect(statusOf(object).observedGeneration).toBe(7);
    const failed = { ...object, metadata: { ...object.metadata, generation: 8 } };
    await reporter.showFailure(failed, new Error('no'), 5);
    expect(statusOf(object)).toMatchObject({ observedGeneration: 8 });
  });

  it('does not say of a paused object that is Ready that its newest generation is in place', async () => {
    const { reporter, statusOf } = scene();
    await reporter.showConditions(object, [PAUSED]);
    expect(statusOf(object).observedGeneration).toBeUndefined();
  });

  it('is Reconciling first and Stalled when it lasts, also where a report and an error take turns', async () => {
    const { reporter, clock, statusOf } = scene();
    const turn = async (): Promise<void> => {
      await reporter.report(object, saying(DOWN));
      const reported = statusOf(object);
      await reporter.showConditions(object, [DOWN]);
      expect(statusOf(object)).toEqual(reported);
    };
    await turn();
    expect(progress(statusOf(object))).toEqual(['Down', undefined]);
    await clock.advance(WHEN_SETTLED);
    await turn();
    expect(progress(statusOf(object))).toEqual([undefined, 'Down']);
  });

  it('is Stalled by an error that comes again and again', async () => {
    const { reporter, clock, statusOf } = scene();
    await reporter.showFailure(object, new Error('forbidden'), 5);
    await clock.advance(WHEN_SETTLED);
    await reporter.showFailure(object, new Error('forbidden'), 6);
    expect(progress(statusOf(object))).toEqual([undefined, 'ReconcileFailed']);
    await reporter.report(object, saying());
    expect(progress(statusOf(object))).toEqual([undefined, undefined]);
  });
});
