import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { HealthcareService, HealthcareServiceSpec } from '../../api/healthcareservice.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { calledBy, eventsOf } from '../../graph/neighbours.ts';
import { pathsOf } from '../../graph/paths.ts';
import type { Cache } from '../../runtime/controller.ts';
import { digest } from '../../runtime/apply/digest.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { bySecret, byStore, byTakingPart, IN_EVENTS, lookupIn } from './indexes.ts';
import { secretNames } from '../../names/withheld-secrets.ts';

/** What a service was to its neighbours when it was last seen. */
interface Face {
  digest: string;
  calls: string[];
  events: string[];
  paths: readonly string[];
}

/**
 * Which services a change of another one concerns: those that it calls (they list their callers), those that call it
 * (they hold its address), those with which it shares an event (one may be the only other end), and those that want one of
 * its paths (the older one has it). The machinery asks for the object as it was and as it is. Status changes concern nobody: what each service was to its neighbours is
 * remembered to tell them apart.
 */
export class Neighbours {
  readonly #faces = new Map<string, Face>();

  concerned(service: HealthcareService, cache: Cache): ObjectKey[] {
    const { namespace = '', name } = service.metadata;
    const shown = faceOf(service);
    const before = this.#faces.get(`${namespace}/${name}`);
    const now = this.#remember(cache.get(healthcareServices, { namespace, name }), `${namespace}/${name}`);
    if (before?.digest === now?.digest && shown.digest === now?.digest) return [];
    const faces = [shown, before, now].filter((face) => face !== undefined);
    const lookup = lookupIn(cache, namespace);
    const called = faces.flatMap(({ calls }) => calls).map((other) => lookup.named(other));
    const sharing = faces.flatMap(({ events }) => events).flatMap((event) => lookup.sharing(event));
    const rivals = faces.flatMap(({ paths }) => paths).flatMap((path) => lookup.exposing(path));
    const others = [...called, ...lookup.callersOf(name), ...sharing, ...rivals].filter(
      (other) => other !== undefined,
    );
    return keysOf(others.filter(({ metadata }) => metadata.name !== name));
  }

  #remember(service: HealthcareService | undefined, id: string): Face | undefined {
    const isThere = service !== undefined && service.metadata.deletionTimestamp === undefined;
    const face = isThere ? faceOf(service) : undefined;
    if (face === undefined) this.#faces.delete(id);
    else this.#faces.set(id, face);
    return face;
  }
}

/** Services that declare the store, or name a Secret of its own. */
export function usersOfStore(store: EncryptedStore, cache: Cache): ObjectKey[] {
  const { name, namespace } = store.metadata;
  return keysOf([...cache.byIndex(byStore, name, namespace), ...namingSecretsOf(store, cache)]);
}

/**
 * Services that take part in events, since another broker may make the choice of one ambiguous, and those that name a Secret of
 * its own.
 */
export function usersOfBrokers(broker: MessageBroker, cache: Cache): ObjectKey[] {
  const inEvents = cache.byIndex(byTakingPart, IN_EVENTS, broker.metadata.namespace);
  return keysOf([...inEvents, ...namingSecretsOf(broker, cache)]);
}

/** Services whose credentials, or one of whose secrets, the Secret may be. */
export function usersOfSecret({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  const { namespace = '' } = metadata;
  // Credentials are named `<service>.<provider>`, and no service has a dot in its name.
  const [name = ''] = metadata.name.split('.', 1);
  const holder = name === metadata.name ? undefined : cache.get(healthcareServices, { namespace, name });
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

function faceOf(service: HealthcareService): Face {
  const {
    calls = [],
    publishes = [],
    consumes = [],
    broker,
    http,
    ports,
    role,
  }: HealthcareServiceSpec = service.spec;
  // The older of two has what both want.
  const born = service.metadata.creationTimestamp;
  return {
    digest: digest({
      calls,
      publishes,
      consumes,
      broker,
      port: http?.port,
      paths: http?.paths,
      ports,
      role,
      born,
    }),
    calls: calledBy(service),
    events: eventsOf(service),
    paths: pathsOf(service),
  };
}
