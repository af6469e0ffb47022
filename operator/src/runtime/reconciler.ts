import { spread } from './backoff.ts';
import type { Breakers, Parkable } from './breakers.ts';
import type { Children, ChildrenReport } from './children.ts';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import { failedConditions, mergeConditions, overrideConditions } from './conditions.ts';
import { contextOf } from './context.ts';
import {
  DependencyDown,
  type AnyController,
  type Context,
  type EventNote,
  type JudgedCondition,
  type Logger,
  type Outcome,
  type Plan,
} from './controller.ts';
import { describe } from './errors.ts';
import type { EventRecorder } from './events.ts';
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizer.ts';
import type { Informers } from './informers.ts';
import { keyId, keyOf } from './keys.ts';
import type { CustomObject, ObjectKey, StatusBase } from './kube.ts';
import { withFields } from './log.ts';
import type { Metrics } from './metrics.ts';
import { statusOf, type StatusWriter } from './status.ts';

/** What the reconciles of one term of leadership share. */
export interface ReconcilerEnvironment {
  client: KubeClient;
  informers: Informers;
  children: Children;
  status: StatusWriter;
  events: EventRecorder;
  breakers: Breakers;
  metrics: Metrics;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
  /** Every object is looked at again after about this, even if nothing happens. */
  resyncMs: number;
}

/** What the queue knows about the run. */
export interface RunInfo {
  /** The object changed again since the run began. */
  isDirty(): boolean;
  /** Failed runs in a row before this one. */
  failures: number;
}

/** Failures in a row that may be a hiccup; from then on the status shows it. */
const SHOWN_FAILURES = 3;

type Judgement = Pick<Plan, 'conditions' | 'status' | 'events'>;

/** Brings one object of one kind to what it declares: observe, plan, apply, act, report. */
export class Reconciler {
  readonly #controller: AnyController;
  readonly #environment: ReconcilerEnvironment;
  /** Objects whose status was held back once because their children had just changed. */
  readonly #deferred = new Set<string>();

  constructor(controller: AnyController, environment: ReconcilerEnvironment) {
    this.#controller = controller;
    this.#environment = environment;
  }

  /** Resolves to milliseconds after which to look again. Throws what failed. */
  async run(key: ObjectKey, info: RunInfo): Promise<number | undefined> {
    const { informers, log } = this.#environment;
    const { type } = this.#controller;
    const object = informers.get(type, key);
    if (object === undefined) {
      this.#forget(key);
      return undefined;
    }
    const { generation } = object.metadata;
    const own = withFields(log, { kind: type.kind, namespace: key.namespace, name: key.name, generation });
    const context = contextOf({ ...this.#environment, log: own });
    if (object.metadata.deletionTimestamp !== undefined) return this.#finalize(object, context, info);
    return this.#reconcile(object, context, info);
  }

  async #reconcile(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const { breakers } = this.#environment;
    const parkable = this.#parkable(object);
    if (!breakers.admits(parkable)) return undefined;
    try {
      const requeueMs = await this.#converge(await this.#withFinalizer(object), context, info);
      breakers.succeeded(parkable.id);
      return requeueMs;
    } catch (error) {
      if (error instanceof DependencyDown) {
        context.log.warn('parked', { dependency: error.dependency, error: describe(error) });
        await this.#showConditions(object, [error.condition]);
        breakers.park(error.dependency, parkable);
        return undefined;
      }
      breakers.release(parkable.id);
      await this.#showFailure(object, error, info);
      throw error;
    }
  }

  async #converge(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const controller = this.#controller;
    const observed = await controller.observe(object, context);
    const plan = controller.plan(object, observed);
    const report = await this.#environment.children.converge(
      object,
      plan.children,
      controller.owns,
      context.log,
    );
    const outcome = await this.#act(object, observed, plan, context);
    if (!this.#defersReport(object, report, info))
      await this.#report(object, judgementOf(plan, outcome, report));
    const { resyncMs, random } = this.#environment;
    const wishes = [plan.requeueAfterMs, outcome.requeueAfterMs, spread(resyncMs, random)];
    return Math.min(...wishes.filter((ms) => ms !== undefined));
  }

  /** On a dependency that is down, the plan's conditions are shown beside the one that says so. */
  async #act(
    object: CustomObject<unknown>,
    observed: unknown,
    plan: Plan,
    context: Context,
  ): Promise<Outcome> {
    try {
      return (await this.#controller.act?.(object, observed, context)) ?? {};
    } catch (error) {
      if (error instanceof DependencyDown)
        await this.#report(object, judgementOf(plan, { conditions: [error.condition] }));
      throw error;
    }
  }

  /**
   * Children that were just applied come back as events at once. The status waits, one time, for the run that follows
   * them, instead of being written twice.
   */
  #defersReport(object: CustomObject<unknown>, { applied }: ChildrenReport, info: RunInfo): boolean {
    const id = keyId(keyOf(object));
    const defers = applied > 0 && info.isDirty() && !this.#deferred.has(id);
    if (defers) this.#deferred.add(id);
    else this.#deferred.delete(id);
    return defers;
  }

  async #report(object: CustomObject<unknown>, judgement: Judgement): Promise<void> {
    const { status, client, events, signal } = this.#environment;
    const generation = object.metadata.generation ?? 0;
    const conditions = mergeConditions(judgement.conditions, this.#conditionContext(object));
    await status.write(client, object, statusOf(judgement.status ?? {}, generation, conditions), signal);
    await events.record(object, judgement.events ?? []);
  }

  /** Changes some conditions of the status and leaves the rest of it as it is. */
  async #showConditions(object: CustomObject<unknown>, changes: JudgedCondition[]): Promise<void> {
    const { status, client, signal } = this.#environment;
    const context = this.#conditionContext(object);
    const conditions = mergeConditions(overrideConditions(context.current, changes), context);
    await status.write(client, object, { ...status.current(object), conditions }, signal);
  }

  async #showFailure(object: CustomObject<unknown>, error: unknown, info: RunInfo): Promise<void> {
    if (info.failures + 1 < SHOWN_FAILURES) return;
    const { status, client, signal, log } = this.#environment;
    const message = describe(error);
    const conditions = failedConditions(message, this.#conditionContext(object));
    try {
      await status.write(client, object, { ...status.current(object), conditions }, signal);
    } catch (failure) {
      // The first error is the one to be thrown; this one is often its twin.
      log.warn('the failure could not be shown in the status', { error: describe(failure) });
    }
  }

  async #finalize(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    this.#environment.breakers.release(this.#parkable(object).id);
    if (!hasFinalizer(object)) return undefined;
    try {
      const againMs = await this.#controller.finalize?.(object, context);
      if (againMs !== undefined) return againMs;
    } catch (error) {
      if (error instanceof DependencyDown) await this.#showConditions(object, [error.condition]);
      else await this.#showFailure(object, error, info);
      throw error;
    }
    await removeFinalizer(this.#environment.client, object, this.#environment.signal);
    context.log.info('cleaned up');
    return undefined;
  }

  async #withFinalizer(object: CustomObject<unknown>): Promise<CustomObject<unknown>> {
    if (this.#controller.finalize === undefined || hasFinalizer(object)) return object;
    const { client, informers, signal } = this.#environment;
    const updated = await addFinalizer(client, object, signal);
    delete updated.metadata.managedFields;
    informers.learn(this.#controller.type, updated);
    return updated;
  }

  #conditionContext(object: CustomObject<unknown>): Parameters<typeof mergeConditions>[1] {
    const current = (this.#environment.status.current(object) as StatusBase).conditions ?? [];
    return { current, generation: object.metadata.generation ?? 0, now: this.#environment.clock.wall() };
  }

  #forget(key: ObjectKey): void {
    const { kind } = this.#controller.type;
    this.#environment.children.forget(kind, key, this.#controller.owns);
    this.#environment.breakers.release(`${kind} ${keyId(key)}`);
    this.#deferred.delete(keyId(key));
  }

  #parkable(object: CustomObject<unknown>): Parkable {
    const { kind } = this.#controller.type;
    const key = keyOf(object);
    return { id: `${kind} ${keyId(key)}`, kind, key, generation: object.metadata.generation ?? 0 };
  }
}

function judgementOf(plan: Plan, outcome: Outcome, report?: ChildrenReport): Judgement {
  return {
    conditions: overrideConditions(plan.conditions, outcome.conditions ?? []),
    status: { ...plan.status, ...outcome.status },
    events: [...(plan.events ?? []), ...(outcome.events ?? []), ...driftNote(report)],
  };
}

function driftNote(report: ChildrenReport | undefined): EventNote[] {
  if (report === undefined || report.drifted.length === 0) return [];
  const message = `put back what others changed: ${report.drifted.join(', ')}`;
  return [{ type: 'Normal', reason: 'DriftCorrected', message }];
}
