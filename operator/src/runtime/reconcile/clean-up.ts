import { DependencyDown, type AnyController, type Context } from '../controller.ts';
import { WriteFenced } from '../errors.ts';
import { keyOf } from '../keys.ts';
import type { CustomObject, ObjectKey } from '../kube.ts';
import { deletionHeldCondition } from '../safety/deletion-conditions.ts';
import type { Reporter } from '../status/reporter.ts';
import { addFinalizer, hasFinalizer, Patience, removeFinalizer } from './finalizer.ts';
import type { ReconcilerEnvironment, RunInfo } from './reconciler.ts';

/** How soon a clean-up is tried again while what it needs is down. */
const RETRY_MS = 5_000;
/** ... and when it has been down for long, and the controller does not give the clean-up up. */
const REST_MS = 30_000;
/** How soon is asked again whether the children in other namespaces are gone; their deletion wakes us before. */
const BEYOND_RETRY_MS = 1_000;

/** What is done before an object of one kind may go, and the finalizer by which it waits for that. */
export class CleanUp {
  readonly #controller: AnyController;
  readonly #environment: ReconcilerEnvironment;
  readonly #reporter: Reporter;
  readonly #patience = new Patience();

  constructor(controller: AnyController, environment: ReconcilerEnvironment, reporter: Reporter) {
    this.#controller = controller;
    this.#environment = environment;
    this.#reporter = reporter;
  }

  /** The object with the finalizer, if anything would stay behind without it. */
  async withFinalizer(object: CustomObject<unknown>): Promise<CustomObject<unknown>> {
    if (!needsFinalizer(this.#controller) || hasFinalizer(object)) return object;
    const { client, informers, signal } = this.#environment;
    const updated = await addFinalizer(client, object, signal);
    delete updated.metadata.managedFields;
    informers.learn(this.#controller.type, updated);
    return updated;
  }

  /** Of a terminating object; resolves to milliseconds after which to go on. Throws what failed. */
  async run(object: CustomObject<unknown>, context: Context, info: RunInfo): Promise<number | undefined> {
    const { children, deletions, client, signal } = this.#environment;
    if (!hasFinalizer(object)) return undefined;
    // The guard has it run again when it decides.
    if (deletions.defers(this.#controller.type, keyOf(object))) return this.#showHeld(object, info);
    const againMs = await this.#finalize(object, context, info);
    if (againMs !== undefined) return againMs;
    if (!(await children.removeBeyond(object, this.#controller, context.log))) return BEYOND_RETRY_MS;
    await removeFinalizer(client, object, signal);
    context.log.info('cleaned up');
    return undefined;
  }

  /** The object is gone. */
  forget(key: ObjectKey): void {
    this.#patience.forget(key);
  }

  async #finalize(
    object: CustomObject<unknown>,
    context: Context,
    info: RunInfo,
  ): Promise<number | undefined> {
    const { tracing, clock } = this.#environment;
    refuseUnfenced(this.#environment, 'finalize');
    try {
      return await tracing.phase('finalize', async () => this.#controller.finalize?.(object, context));
    } catch (error) {
      if (!(error instanceof DependencyDown)) {
        await this.#reporter.showFailure(object, error, info.failures);
        throw error;
      }
      const isPatient = this.#patience.lasts(object, clock.monotonic());
      if (!isPatient && this.#controller.abandonsCleanup === true)
        return this.#giveUp(object, error, context);
      await this.#reporter.showConditions(object, [error.condition]);
      return isPatient ? RETRY_MS : REST_MS;
    }
  }

  /** The controller says that what is down has nothing of the object that a later reconcile would not remove. */
  async #giveUp(object: CustomObject<unknown>, error: DependencyDown, context: Context): Promise<undefined> {
    context.log.warn('not cleaned up, what it needs is down', { dependency: error.dependency });
    const message = `${error.dependency} is down: what it holds of this object is removed when it is back`;
    await this.#environment.events.record(object, [{ type: 'Warning', reason: 'CleanupSkipped', message }]);
  }

  async #showHeld(object: CustomObject<unknown>, info: RunInfo): Promise<undefined> {
    const { deletions } = this.#environment;
    info.ended('held');
    if (deletions.stateOf(this.#controller.type, keyOf(object)) === 'held')
      await this.#reporter.showConditions(object, [deletionHeldCondition(object.metadata.namespace ?? '')]);
  }
}

/**
 * Brokers and databases know no Lease: whoever may have lost it must not begin to change them.
 * @throws WriteFenced naming what was to be begun
 */
export function refuseUnfenced({ safeMs }: Pick<ReconcilerEnvironment, 'safeMs'>, what: string): void {
  if (safeMs() <= 0) throw new WriteFenced(what);
}

/** Whether something would stay behind without it. */
function needsFinalizer({
  finalize,
  ownsBeyond,
}: Pick<AnyController, 'ownsBeyond'> & { finalize?: unknown }): boolean {
  return finalize !== undefined || ownsBeyond !== undefined;
}
