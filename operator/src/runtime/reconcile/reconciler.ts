import { spread } from '../backoff.ts';
import { emptyReport, type ChildrenReport } from '../apply/children-report.ts';
import type { Children } from '../apply/children.ts';
import type { Convergence } from '../apply/convergence.ts';
import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import { contextOf } from './context.ts';
import { DependencyGauge } from './dependency-gauge.ts';
import { resultOf, notesOf, type News } from './run-result.ts';
import {
  DependencyDown,
  type AnyController,
  type Context,
  type Logger,
  type Outcome,
  type Plan,
} from '../controller.ts';
import { WriteFenced } from '../errors.ts';
import type { EventRecorder } from '../status/events.ts';
import type { Informers } from '../cache/informers.ts';
import { keyId, keyOf } from '../keys.ts';
import type { CustomObject, ObjectKey, ResourceType } from '../kube.ts';
import { withFields } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ChildrenRefused } from '../apply/refused-child.ts';
import { isPaused, PausedWrite, pausedCondition, pausedConditions, pausedStatus } from '../safety/pause.ts';
import { Reporter } from '../status/reporter.ts';
import { ownFields, type StatusWriter } from '../status/status.ts';
import type { Tracing } from '../telemetry/tracing.ts';

/** What the reconciles of one term of leadership share. */
export interface ReconcilerEnvironment {
  client: KubeClient;
  informers: Informers;
  children: Children;
  status: StatusWriter;
  events: EventRecorder;
  tracing: Tracing;
  metrics: Metrics;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
  /** For how many milliseconds from now writes are safe: the Lease. */
  safeMs: () => number;
  /** Whether objects of the kind, or of the namespace, must be left alone now. */
  isSuspended: (type: ResourceType, namespace: string | undefined) => boolean;
  /** Every object is looked at again after about this, even if nothing happens. */
  resyncMs: number;
}

/** How a run ended that did not fail. */
export type RunResult = 'ok' | 'paused' | 'suspended';

/** What the queue knows about the run, and is told of it. */
export interface RunInfo {
  /** The object changed again since the run began. */
  isDirty(): boolean;
  /** Failed runs in a row before this one. */
  failures: number;
  /** Fields of every line that is logged about the run. */
  began(fields: Record<string, unknown>): void;
  /** It ended otherwise than `ok`. */
  ended(result: RunResult): void;
}

/** Brings one object of one kind to what it declares: observe, plan, apply, act, report. */
export class Reconciler {
  readonly #controller: AnyController;
  readonly #environment: ReconcilerEnvironment;
  /** Objects whose status was held back once because their children had just changed. */
  readonly #deferred = new Set<string>();
  readonly #down: DependencyGauge;
  readonly #reporter: Reporter;

  constructor(controller: AnyController, environment: ReconcilerEnvironment) {
    this.#controller = controller;
    this.#environment = environment;
    this.#reporter = new Reporter(controller, environment);
    this.#down = new DependencyGauge(environment.metrics);
  }

  /** Resolves to milliseconds after which to look again. Throws what failed. */
  async run(key: ObjectKey, info: RunInfo): Promise<number | undefined> {
    const { informers, isSuspended, status, tracing, log } = this.#environment;
    const { type } = this.#controller;
    // What came with the same events is in the cache before anybody looks.
    await Promise.resolve();
    const cached = informers.get(type, key);
    if (cached === undefined) {
      this.#forget(key);
      return undefined;
    }
    // Whatever is tied to it by an owner reference goes with it.
    if (cached.metadata.deletionTimestamp !== undefined) return undefined;
    // With our own last status where the cache has not seen it yet: what a plan remembers there must not be forgotten.
    const object = { ...cached, status: status.current(cached) };
    if (isSuspended(type, key.namespace)) {
      info.ended('suspended');
      return undefined;
    }
    const subject = {
      kind: type.kind,
      namespace: key.namespace,
      name: key.name,
      generation: object.metadata.generation,
    };
    return tracing.reconcile(subject, (trace) => {
      const fields = { ...subject, trace_id: trace };
      info.began(fields);
      const context = contextOf({ ...this.#environment, cache: informers, log: withFields(log, fields) });
      return isPaused(object)
        ? this.#lookAtPaused(object, context, info)
        : this.#reconcile(object, context, info);
    });
  }

  async #reconcile(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    try {
      const requeueMs = await this.#converge(object, context, info);
      this.#down.clear(keyOf(object));
      return requeueMs;
    } catch (error) {
      this.#down.failed(keyOf(object), error);
      if (error instanceof DependencyDown) await this.#reporter.showConditions(object, [error.condition]);
      // What was refused is in the report already.
      else if (!(error instanceof ChildrenRefused))
        await this.#reporter.showFailure(object, error, info.failures);
      throw error;
    }
  }

  async #converge(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const news: News = { report: emptyReport(), acted: [] };
    const requeueMs = await this.#convergeTelling(news, object, context, info).catch(
      async (error: unknown) => {
        // The next run finds in order what this one did: it is told now or never.
        await this.#environment.events.add(object, notesOf(news));
        throw error;
      },
    );
    if (news.report.refused.length > 0) throw new ChildrenRefused(news.report.refused);
    return requeueMs;
  }

  async #convergeTelling(
    news: News,
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const { tracing, children } = this.#environment;
    const { report } = news;
    const { log } = context;
    const mayTake: Convergence['mayTake'] = async (child, conflicts) =>
      (await this.#controller.mayTake?.(child, conflicts, context)) ?? true;
    const { observed, plan: planned } = await this.#plan(object, context);
    await tracing.phase('apply', () =>
      children.converge(object, planned.children, this.#controller, { log, report, mayTake }),
    );
    const plan = this.#carriedOut(object, planned, report);
    const outcome = await tracing.phase('act', () => this.#act(object, { observed, plan, report }, context));
    news.acted = outcome.events ?? [];
    // Such a plan would say more of this generation than was brought about: the next run tells.
    if (report.left.length > 0) await this.#environment.events.add(object, notesOf(news));
    else if (!this.#defersReport(object, news, info))
      await this.#reporter.report(object, resultOf(plan, outcome, report));
    const wishes = [plan.requeueAfterMs, outcome.requeueAfterMs, report.againMs, this.#resyncMs()];
    return Math.min(...wishes.filter((ms) => ms !== undefined));
  }

  async #plan(object: CustomObject<unknown>, context: Context): Promise<{ observed: unknown; plan: Plan }> {
    const { tracing } = this.#environment;
    const observed = await tracing.phase('observe', () => this.#controller.observe(object, context));
    const plan = await tracing.phase('plan', () => Promise.resolve(this.#controller.plan(object, observed)));
    return { observed, plan };
  }

  /** Somebody asked for nothing to be done: only the status is written. What is not done stays visible in it. */
  async #lookAtPaused(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const { children, status } = this.#environment;
    this.#down.clear(keyOf(object));
    info.ended('paused');
    try {
      const { plan } = await this.#plan(object, readOnly(context));
      const pending = await children.pending(object, plan.children, this.#controller);
      const current = status.current(object);
      await this.#reporter.report(object, {
        conditions: pausedConditions(plan, this.#controller, pending),
        status: pausedStatus(ownFields(current), plan.status ?? {}, this.#controller),
        events: plan.events ?? [],
        // Tools take the generation for what was brought about.
        ...(pending.length === 0 ? {} : { observedGeneration: current.observedGeneration }),
      });
    } catch (error) {
      if (error instanceof PausedWrite) await this.#reporter.showConditions(object, [pausedCondition([])]);
      else if (error instanceof DependencyDown)
        await this.#reporter.showConditions(object, [error.condition, pausedCondition([])]);
      else {
        await this.#reporter.showFailure(object, error, info.failures);
        throw error;
      }
    }
    return this.#resyncMs();
  }

  /** After how many milliseconds the object is looked at again though nothing happens. */
  #resyncMs(): number {
    const { resyncMs, random } = this.#environment;
    return spread(resyncMs, random);
  }

  /** A decision about pods that could not be applied is not taken: what others act upon stays as it is. */
  #carriedOut(object: CustomObject<unknown>, plan: Plan, { refused }: ChildrenReport): Plan {
    if (!refused.some(({ makesPods }) => makesPods)) return plan;
    const current = ownFields(this.#environment.status.current(object));
    return { ...plan, status: pausedStatus(current, plan.status ?? {}, this.#controller) };
  }

  /** On a dependency that is down, the plan's conditions are shown beside the one that says so. */
  async #act(
    object: CustomObject<unknown>,
    { observed, plan, report }: { observed: unknown; plan: Plan; report: ChildrenReport },
    context: Context,
  ): Promise<Outcome> {
    // Brokers and databases know no Lease: whoever may have lost it must not begin to change them.
    if (this.#environment.safeMs() <= 0) throw new WriteFenced('act');
    try {
      return (await this.#controller.act?.(object, observed, context)) ?? {};
    } catch (error) {
      if (error instanceof DependencyDown)
        await this.#reporter.report(object, resultOf(plan, { conditions: [error.condition] }, report));
      throw error;
    }
  }

  /** Just applied children come back as events: the status waits once for that run, instead of being written twice. */
  #defersReport(object: CustomObject<unknown>, news: News, info: RunInfo): boolean {
    const id = keyId(keyOf(object));
    // What only this report knows is told now.
    const isPlain = news.report.applied > 0 && notesOf(news).length === 0;
    const defers = isPlain && info.isDirty() && !this.#deferred.has(id);
    if (defers) this.#deferred.add(id);
    else this.#deferred.delete(id);
    return defers;
  }

  #forget(key: ObjectKey): void {
    this.#environment.children.forget(key, this.#controller);
    this.#deferred.delete(keyId(key));
    this.#reporter.forget(key);
    this.#down.clear(key);
  }
}

/** What a paused object's `observe` is given: it may read whatever it likes. */
function readOnly(context: Context): Context {
  return {
    ...context,
    apply: ({ kind, metadata }) => Promise.reject(new PausedWrite(`${kind} ${metadata.name}`)),
    remove: ({ kind }, { name }) => Promise.reject(new PausedWrite(`${kind} ${name}`)),
  };
}
