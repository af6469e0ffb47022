import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { calledBy, eventsOf } from '../../graph/neighbours.ts';
import { pathsOf } from '../../graph/paths.ts';
import { serviceOf, undeclaredCalls } from '../../graph/pod-edges.ts';
import type { Pod } from '../../k8s/types.ts';
import type { Cache } from '../../runtime/controller.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { identitySecretName } from '../../pki/tls-secret.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { bySecret, byStore, byTakingPart, IN_EVENTS, lookupIn } from './indexes.ts';
import { secretNames } from '../../names/withheld-secrets.ts';

/** What a service is to its neighbours. */
interface Relations {
  digest: string;
  calls: string[];
  events: string[];
  paths: readonly string[];
}

/**
 * Which services a change of another one concerns: callers, called ones, those that share an event or want one of its paths.
 * The last relations are remembered, since a change of a status concerns nobody.
 */
export class Neighbours {
  readonly #known = new Map<string, Relations>();

  concerned(service: HealthcareService, cache: Cache): ObjectKey[] {
    const { namespace = '', name } = service.metadata;
    const shown = relationsOf(service);
    const before = this.#known.get(`${namespace}/${name}`);
    const now = this.#remember(cache.get(healthcareServices, { namespace, name }), `${namespace}/${name}`);
    if (before?.digest === now?.digest && shown.digest === now?.digest) return [];
    const all = [shown, before, now].filter((relations) => relations !== undefined);
    const lookup = lookupIn(cache, namespace);
    const called = all.flatMap(({ calls }) => calls).map((other) => lookup.named(other));
    const sharing = all.flatMap(({ events }) => events).flatMap((event) => lookup.sharing(event));
    const rivals = all.flatMap(({ paths }) => paths).flatMap((path) => lookup.exposing(path));
    const others = [...called, ...lookup.callersOf(name), ...sharing, ...rivals].filter(
      (other) => other !== undefined,
    );
    return keysOf(others.filter(({ metadata }) => metadata.name !== name));
  }

  #remember(service: HealthcareService | undefined, id: string): Relations | undefined {
    const isThere = service !== undefined && service.metadata.deletionTimestamp === undefined;
    const relations = isThere ? relationsOf(service) : undefined;
    if (relations === undefined) this.#known.delete(id);
    else this.#known.set(id, relations);
    return relations;
  }
}

/** The service of a pod, and those that it was made to call though the service declares them no more: they wait until it is gone. */
export function servicesOfPod(pod: Pod, cache: Cache): ObjectKey[] {
  const { namespace = '' } = pod.metadata;
  const name = serviceOf(pod);
  const former = undeclaredCalls(pod, cache.get(healthcareServices, { namespace, name }));
  return [...new Set([name, ...former])].map((service) => ({ namespace, name: service }));
}

/** Services that declare the store, or name a Secret of its own. */
export function usersOfStore(store: EncryptedStore, cache: Cache): ObjectKey[] {
  const { name, namespace } = store.metadata;
  return keysOf([...cache.byIndex(byStore, name, namespace), ...namingSecretsOf(store, cache)]);
}

/** Services with events, which may have no broker yet or lose the oldest, and those that name a Secret of the broker. */
export function usersOfBrokers(broker: MessageBroker, cache: Cache): ObjectKey[] {
  const inEvents = cache.byIndex(byTakingPart, IN_EVENTS, broker.metadata.namespace);
  return keysOf([...inEvents, ...namingSecretsOf(broker, cache)]);
}

/** Services whose credentials, or one of whose secrets, the Secret may be. */
export function usersOfSecret({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  const { namespace = '' } = metadata;
  // Credentials are named `<service>.<provider>`, and no service has a dot in its name.
  const [name = ''] = metadata.name.split('.', 1);
  // Its certificate is a child of the service itself.
  const isCredential = name !== metadata.name && metadata.name !== identitySecretName(name);
  const holder = isCredential ? cache.get(healthcareServices, { namespace, name }) : undefined;
  return keysOf([
    ...cache.byIndex(bySecret, metadata.name, namespace),
    ...(holder === undefined ? [] : [holder]),
  ]);
}

function namingSecretsOf(provider: EncryptedStore | MessageBroker, cache: Cache): HealthcareService[] {
  const { namespace } = provider.metadata;
  return secretNames(provider).flatMap((secret) => cache.byIndex(bySecret, secret, namespace));
}

function keysOf(services: readonly HealthcareService[]): ObjectKey[] {
  const keys = services.map(({ metadata: { namespace = '', name } }) => ({ namespace, name }));
  return [...new Map(keys.map((key) => [key.name, key])).values()];
}

function relationsOf(service: HealthcareService): Relations {
  const { calls, publishes, consumes, broker, http, ports, role } = service.spec;
  // The older of two has what both want.
  const born = service.metadata.creationTimestamp;
  const { port, paths, tls } = http ?? {};
  return {
    digest: digest({ calls, publishes, consumes, broker, port, paths, tls, ports, role, born }),
    calls: calledBy(service),
    events: eventsOf(service),
    paths: pathsOf(service),
  };
}
