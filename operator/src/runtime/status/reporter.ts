import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import { failedConditions, judgedAlone, mergeConditions, overrideConditions, Ready } from './conditions.ts';
import type { AnyController, JudgedCondition, Logger, Plan } from '../controller.ts';
import { describe } from '../errors.ts';
import type { EventRecorder } from './events.ts';
import { keyId, keyOf } from '../keys.ts';
import type { Condition, CustomObject, ObjectKey, StatusBase } from '../kube.ts';
import { Paused } from '../safety/pause.ts';
import { OWN_DESCRIPTIONS } from './own-conditions.ts';
import { ProgressJudge, type Progress } from './progress.ts';
import { statusOf, type Status, type StatusWriter } from './status.ts';
import type { Tracing } from '../telemetry/tracing.ts';

export interface ReporterEnvironment {
  client: KubeClient;
  status: StatusWriter;
  events: EventRecorder;
  tracing: Tracing;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** What a reconcile has to say about its object. */
export interface RunResult extends Pick<Plan, 'conditions' | 'status' | 'events'> {
  /** What `status.observedGeneration` becomes, if not the object's generation. */
  observedGeneration?: number | undefined;
}

/** Failures in a row that may be a hiccup; from then on the status shows it. */
const SHOWN_FAILURES = 3;

/** Writes status and events of one kind's objects. */
export class Reporter {
  readonly #environment: ReporterEnvironment;
  /** Types of each object's conditions that only inform, as last judged: its status does not tell. */
  readonly #informing = new Map<string, ReadonlySet<string>>();
  readonly #progress: ProgressJudge;

  constructor(controller: AnyController, environment: ReporterEnvironment) {
    this.#environment = environment;
    this.#progress = new ProgressJudge([...OWN_DESCRIPTIONS, ...controller.conditions]);
  }

  /** Resolves to milliseconds after which the object is to be looked at again, if time alone changes what there is to say. */
  async report(object: CustomObject<unknown>, result: RunResult): Promise<number | undefined> {
    const { status, client, events, signal, tracing } = this.#environment;
    const progress = this.#progressOf(object, result.conditions);
    const conditions = mergeConditions(
      [...progress.conditions, ...result.conditions],
      this.#conditionContext(object),
    );
    const generation =
      'observedGeneration' in result ? result.observedGeneration : (object.metadata.generation ?? 0);
    const wanted = statusOf(result.status ?? {}, generation, conditions);
    await tracing.phase('status', async () => {
      await status.write(client, object, wanted, signal);
      this.#informing.set(keyId(keyOf(object)), typesOf(result.conditions.filter(isInforming)));
      await events.record(object, result.events ?? []);
    });
    return progress.againMs;
  }

  /** Changes some conditions of the status and leaves the rest of it as it is. */
  async showConditions(object: CustomObject<unknown>, changes: JudgedCondition[]): Promise<void> {
    const { status, client, signal } = this.#environment;
    const context = this.#conditionContext(object);
    const id = keyId(keyOf(object));
    const types = this.#informing.get(id) ?? informingOf(context.current);
    this.#informing.set(id, types);
    const kept = judgedAlone(context.current)
      // There only as long as the machinery says so.
      .filter(({ type }) => type !== Paused.type)
      .map((condition) => (types.has(condition.type) ? informing(condition) : condition));
    const judged = overrideConditions(kept, changes);
    const progress = this.#progressOf(object, judged);
    const conditions = mergeConditions([...progress.conditions, ...judged], context);
    await status.write(client, object, this.#partly(object, conditions), signal);
  }

  async showFailure(object: CustomObject<unknown>, error: unknown, failures: number): Promise<void> {
    if (failures + 1 < SHOWN_FAILURES) return;
    const { status, client, signal, log } = this.#environment;
    const failure = Ready.because('ReconcileFailed', describe(error));
    const progress = this.#progressOf(object, [failure]);
    const conditions = failedConditions(failure, progress.conditions, this.#conditionContext(object));
    try {
      await status.write(client, object, this.#partly(object, conditions), signal);
    } catch (failure) {
      // The first error is the one to be thrown; this one is often its twin.
      log.warn('the failure could not be shown in the status', { error: describe(failure) });
    }
  }

  /** The object is gone. */
  forget(key: ObjectKey): void {
    this.#informing.delete(keyId(key));
    this.#progress.forget(keyId(key));
  }

  #progressOf(object: CustomObject<unknown>, judged: readonly JudgedCondition[]): Progress {
    const { current, generation } = this.#conditionContext(object);
    const now = this.#environment.clock.monotonic();
    return this.#progress.judge(keyId(keyOf(object)), judged, { current, generation, now });
  }

  /** The status of which only conditions are known: while it is not Ready, it is about the newest generation all the same. */
  #partly(object: CustomObject<unknown>, conditions: Condition[]): Status {
    const current = this.#environment.status.current(object);
    const isReady = conditions.some(({ type, status }) => type === Ready.type && status === 'True');
    const { generation = 0 } = object.metadata;
    return { ...current, ...(isReady ? {} : { observedGeneration: generation }), conditions };
  }

  #conditionContext(object: CustomObject<unknown>): Parameters<typeof mergeConditions>[1] {
    const current = (this.#environment.status.current(object) as StatusBase).conditions ?? [];
    return { current, generation: object.metadata.generation ?? 0, now: this.#environment.clock.wall() };
  }
}

/** What a status tells of it: where `Ready` is True, whatever is not True only informs. */
function informingOf(conditions: readonly Condition[]): ReadonlySet<string> {
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return typesOf(isReady ? conditions.filter(({ status }) => status !== 'True') : []);
}

function typesOf(conditions: readonly JudgedCondition[]): ReadonlySet<string> {
  return new Set(conditions.map(({ type }) => type));
}

function isInforming({ informs }: JudgedCondition): boolean {
  return informs === true;
}

function informing(condition: JudgedCondition): JudgedCondition {
  return { ...condition, informs: true };
}
