import { Children } from './apply/children.ts';
import type { KubeClient } from './client/client.ts';
import type { Clock } from './clock.ts';
import { DependencyDown, type AnyController, type EventNote, type Logger } from './controller.ts';
import { describe, WriteFenced } from './errors.ts';
import { EventRecorder } from './status/events.ts';
import type { Informers } from './cache/informers.ts';
import { keyOf } from './keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from './kube.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { WorkQueue, type AddOptions } from './queue/queue.ts';
import { Runs, type Run } from './reconcile/runs.ts';
import { Reconciler, type ReconcilerEnvironment } from './reconcile/reconciler.ts';
import { StatusWriter } from './status/status.ts';
import type { Tracing } from './telemetry/tracing.ts';

export interface LeaderTermOptions {
  controllers: readonly AnyController[];
  /** Fenced by the lease. */
  client: KubeClient;
  informers: Informers;
  metrics: Metrics;
  clock: Clock;
  random: () => number;
  log: Logger;
  identity: string;
  /** Reconciles at once, for each kind. */
  concurrency: number;
  resyncMs: number;
  /** Aborted when leadership is lost. */
  lost: AbortSignal;
  tracing: Tracing;
  isSuspended: ReconcilerEnvironment['isSuspended'];
  /** For how many milliseconds from now writes are safe. */
  safeMs: () => number;
}

interface RunningController {
  controller: AnyController;
  reconciler: Reconciler;
  queue: WorkQueue;
  /** Runs under way. */
  runs: Runs;
}

/** One term of leadership: queues and everything that is remembered between reconciles. The next term starts anew. */
export class LeaderTerm {
  readonly #options: LeaderTermOptions;
  readonly #controllers = new Map<string, RunningController>();
  readonly #children: Children;
  readonly #status: StatusWriter;
  readonly #events: EventRecorder;

  constructor(options: LeaderTermOptions) {
    this.#options = options;
    const { lost: signal } = options;
    this.#children = new Children({ ...options, signal });
    this.#status = new StatusWriter(options.clock);
    this.#events = new EventRecorder({ ...options, signal });
    for (const controller of options.controllers)
      this.#controllers.set(controller.type.kind.toLowerCase(), this.#run(controller));
  }

  /** Looks at everything there is. */
  start(): void {
    for (const { controller } of this.#controllers.values())
      for (const object of this.#options.informers.list(controller.type)) this.enqueue(object);
  }

  /** An object of one of our own kinds is there or has changed. */
  enqueue(object: KubeObject, options: AddOptions = {}): void {
    this.wake(object.kind.toLowerCase(), keyOf(object), options);
  }

  /** Something that concerns the object happened. `kind` in lower case. */
  wake(kind: string, key: ObjectKey, options: AddOptions = {}): void {
    this.#controllers.get(kind)?.queue.add(key, options);
  }

  /** An object of our own kinds is gone. */
  forget(object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    this.#status.forget(uid);
    this.#events.forget(uid);
    this.wake(object.kind.toLowerCase(), keyOf(object), { fresh: true });
  }

  /** Has all objects of the kind looked at again, or those of one namespace. */
  wakeAll(type: ResourceType, namespace?: string): void {
    for (const object of this.#options.informers.list(type, namespace)) this.enqueue(object, { fresh: true });
  }

  /** Resolves when nothing that is under way now is about an object of the namespace. */
  async idle(namespace: string): Promise<void> {
    await Promise.all([...this.#controllers.values()].map(({ runs }) => runs.idle(namespace)));
  }

  /** Tells of something that is nobody's reconcile. `notes` are all that hold of it now. */
  announce(regarding: KubeObject, notes: readonly EventNote[]): Promise<void> {
    return this.#events.record(regarding, notes);
  }

  /** Calls `wake` unless what the cache was told of the child is the echo of our own write. */
  unlessEcho(type: ResourceType, key: ObjectKey, wake: () => void): void {
    this.#children.unlessEcho(type, key, wake);
  }

  /** A child is gone and nobody will put it back. */
  forgetChild(type: ResourceType, key: ObjectKey): void {
    this.#children.forgetChild(type, key);
  }

  /** Sets the gauges. */
  measure(): void {
    for (const { controller, runs } of this.#controllers.values())
      this.#options.metrics.longestReconcile.set({ kind: controller.type.kind }, runs.longestMs() / 1_000);
  }

  /** Takes no more and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    await Promise.all([...this.#controllers.values()].map(({ queue }) => queue.stop()));
    this.#options.metrics.dependencyDown.reset();
  }

  #run(controller: AnyController): RunningController {
    const { clock, random, concurrency, metrics, lost } = this.#options;
    const { kind } = controller.type;
    const reconciler = new Reconciler(controller, {
      ...this.#options,
      children: this.#children,
      status: this.#status,
      events: this.#events,
      signal: lost,
    });
    const runs = new Runs(clock);
    const queue: WorkQueue = new WorkQueue({
      clock,
      random,
      concurrency,
      run: (key) =>
        runs.during(key, (run) =>
          this.#measured(kind, run, () =>
            reconciler.run(key, {
              isDirty: () => queue.isDirty(key),
              failures: queue.failures(key),
              began: (fields) => (run.fields = fields),
              ended: (result) => (run.result = result),
            }),
          ),
        ),
      onFailure: (key, error, failures) => {
        this.#onFailure({ kind, ...key, ...runs.lastFields(key), failures }, error);
      },
      onDepth: (depth) => {
        metrics.queueDepth.set({ kind }, depth);
      },
      onLatency: (seconds) => {
        metrics.queueLatency.observe({ kind }, seconds);
      },
    });
    return { controller, reconciler, queue, runs };
  }

  async #measured(
    kind: string,
    run: Run,
    work: () => Promise<number | undefined>,
  ): Promise<number | undefined> {
    const { clock, metrics } = this.#options;
    const startedAt = clock.monotonic();
    try {
      return await work();
    } catch (error) {
      run.result = failureOf(error);
      throw error;
    } finally {
      metrics.reconcile.observe({ kind, result: run.result }, (clock.monotonic() - startedAt) / 1_000);
    }
  }

  #onFailure(fields: Record<string, unknown>, error: unknown): void {
    const { log, lost } = this.#options;
    if (lost.aborted) return;
    const isExpected = error instanceof DependencyDown;
    log[isExpected ? 'info' : 'warn']('the reconcile failed and is tried again', {
      ...fields,
      error: describe(error),
      ...(isExpected || !Error.isError(error) ? {} : { stack: stackOf(error) }),
    });
  }
}

function failureOf(error: unknown): Run['result'] {
  if (error instanceof WriteFenced) return 'fenced';
  return error instanceof DependencyDown ? 'dependency_down' : 'error';
}

/** Where it was thrown, without the message, which may be long or hold credentials. */
function stackOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return frames.slice(0, 5).map((line) => line.trim());
}
