import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock.ts';
import { failedConditions, mergeConditions, overrideConditions } from './conditions.ts';
import type { AnyController, JudgedCondition, Logger, Plan } from '../controller.ts';
import { describe } from '../errors.ts';
import type { EventRecorder } from './events.ts';
import type { CustomObject, StatusBase } from '../kube.ts';
import { statusOf, type StatusWriter } from './status.ts';
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
/** Conditions of the machinery: there only as long as it says so itself. */
const OWN_CONDITIONS = ['Paused'];

/** Writes status and events of one kind's objects. */
export class Reporter {
  readonly #controller: AnyController;
  readonly #environment: ReporterEnvironment;
  /** Types of conditions that only inform, learned from what is judged: the status does not tell. */
  readonly #informing = new Set<string>(OWN_CONDITIONS);

  constructor(controller: AnyController, environment: ReporterEnvironment) {
    this.#controller = controller;
    this.#environment = environment;
  }

  async report(object: CustomObject<unknown>, result: RunResult): Promise<void> {
    const { status, client, events, signal, tracing } = this.#environment;
    for (const { type, informs } of result.conditions) if (informs === true) this.#informing.add(type);
    const conditions = mergeConditions(result.conditions, this.#conditionContext(object));
    const generation =
      'observedGeneration' in result ? result.observedGeneration : (object.metadata.generation ?? 0);
    const wanted = statusOf(result.status ?? {}, generation, conditions);
    await tracing.phase('status', async () => {
      await status.write(client, object, wanted, signal);
      await events.record(object, result.events ?? []);
    });
  }

  /** Changes some conditions of the status and leaves the rest of it as it is. */
  async showConditions(object: CustomObject<unknown>, changes: JudgedCondition[]): Promise<void> {
    const { status, client, signal } = this.#environment;
    const context = this.#conditionContext(object);
    const kept = context.current
      .filter(({ type }) => !OWN_CONDITIONS.includes(type))
      .map((condition) => (this.#informing.has(condition.type) ? informing(condition) : condition));
    const conditions = mergeConditions(overrideConditions(kept, changes), context);
    await status.write(client, object, { ...status.current(object), conditions }, signal);
  }

  async showFailure(object: CustomObject<unknown>, error: unknown, failures: number): Promise<void> {
    if (failures + 1 < SHOWN_FAILURES) return;
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

  #conditionContext(object: CustomObject<unknown>): Parameters<typeof mergeConditions>[1] {
    const current = (this.#environment.status.current(object) as StatusBase).conditions ?? [];
    return { current, generation: object.metadata.generation ?? 0, now: this.#environment.clock.wall() };
  }
}

function informing(condition: JudgedCondition): JudgedCondition {
  return { ...condition, informs: true };
}
