import { cacheWith } from '../../operator/src/runtime/fixtures/cache.ts';
import { completeChild } from '../../operator/src/runtime/apply/child.ts';
import { KubeClient } from '../../operator/src/runtime/client/client.ts';
import { systemClock } from '../../operator/src/runtime/clock.ts';
import { contains } from '../../operator/src/runtime/apply/contains.ts';
import { contextOf } from '../../operator/src/runtime/reconcile/context.ts';
import type { AnyController, Context } from '../../operator/src/runtime/controller.ts';
import { kubeconfigCredentials } from '../../operator/src/runtime/client/credentials.ts';
import { KIND_LABEL, OWNER_LABEL } from '../../operator/src/runtime/keys.ts';
import type { AnyObject, CustomObject, KubeObject, ResourceType } from '../../operator/src/runtime/kube.ts';
import { silentLogger } from '../../operator/src/runtime/telemetry/log.ts';
import { Transport } from '../../operator/src/runtime/client/transport.ts';

/**
 * Compares the live objects with the plans of the controllers. It uses only the API server's current state, no memory
 * or cache of an operator.
 */
export class Checker {
  readonly #controllers: readonly AnyController[];
  readonly #transport: Transport;
  readonly #client: KubeClient;

  private constructor(controllers: readonly AnyController[], transport: Transport) {
    this.#controllers = controllers;
    this.#transport = transport;
    this.#client = new KubeClient(transport);
    this.#client.discovery.learn(controllers.flatMap(({ type, owns }) => [type, ...owns]));
  }

  static async start(kubeconfig: string, controllers: readonly AnyController[]): Promise<Checker> {
    const credentials = await kubeconfigCredentials(kubeconfig, systemClock);
    const options = { credentials, clock: systemClock, random: Math.random, userAgent: 'careplane-soak' };
    return new Checker(controllers, new Transport(options));
  }

  stop(): Promise<void> {
    return this.#transport.close();
  }

  /** All differences, as text. */
  async faults(): Promise<string[]> {
    const objects = await this.#everything();
    const indexes = this.#controllers.flatMap((controller) => controller.indexes ?? []);
    const cache = cacheWith(objects, indexes);
    const context = contextOf({
      client: this.#client,
      cache,
      clock: systemClock,
      signal: new AbortController().signal,
      log: silentLogger,
    });
    const faults: string[] = [];
    for (const controller of this.#controllers)
      for (const object of cache.list(controller.type))
        faults.push(...(await this.#faultsOf(controller, object, context)));
    return faults;
  }

  async #everything(): Promise<KubeObject[]> {
    const asked = this.#controllers.flatMap(({ type, owns, watches = [] }) => [
      type,
      ...owns,
      ...watches.filter(({ optional }) => optional !== true).map((watch) => watch.type),
    ]);
    const types = new Map(asked.map((type) => [`${type.apiVersion} ${type.kind}`, type]));
    const all: KubeObject[] = [];
    for (const type of types.values())
      for (const object of await this.#client.list(type))
        all.push({ ...object, apiVersion: type.apiVersion, kind: type.kind });
    return all;
  }

  async #faultsOf(
    controller: AnyController,
    object: CustomObject<unknown>,
    context: Context,
  ): Promise<string[]> {
    const { namespace = '', name, generation } = object.metadata;
    const who = `${object.kind} ${namespace}/${name}`;
    if (object.metadata.deletionTimestamp !== undefined) return [`${who} is terminating`];
    const observed = await controller.observe(object, context);
    const plan = controller.plan(object, observed);
    const faults: string[] = [];
    if (object.status?.observedGeneration !== generation)
      faults.push(`${who}: generation ${String(generation)} is not observed`);
    const wanted = new Set<string>();
    for (const planned of plan.children) {
      const type = await this.#client.discovery.typeOf(planned);
      const child = completeChild(planned, object);
      wanted.add(`${child.kind} ${child.metadata.name}`);
      faults.push(...faultOfChild(who, child, context.cache.get(type, child.metadata)));
    }
    for (const type of controller.owns) faults.push(...superfluous(who, object, type, { wanted, context }));
    return faults;
  }
}

function faultOfChild(who: string, child: AnyObject, live: KubeObject | undefined): string[] {
  const what = `${who}: ${child.kind} ${child.metadata.name}`;
  if (live === undefined) return [`${what} is missing`];
  // The digest covers generated passwords and certificates; contents are compared instead.
  return contains(live, child) ? [] : [`${what} differs from the plan`];
}

function superfluous(
  who: string,
  owner: CustomObject<unknown>,
  type: ResourceType,
  { wanted, context }: { wanted: ReadonlySet<string>; context: Context },
): string[] {
  const labels = { [KIND_LABEL]: owner.kind.toLowerCase(), [OWNER_LABEL]: owner.metadata.name };
  return context.cache
    .list(type, owner.metadata.namespace, labels)
    .filter(
      ({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true,
    )
    .filter(({ kind, metadata }) => !wanted.has(`${kind} ${metadata.name}`))
    .map(({ kind, metadata }) => `${who}: ${kind} ${metadata.name} is planned no more and still there`);
}
