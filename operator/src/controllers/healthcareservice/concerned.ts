import { healthcareServices } from '../../api/healthcareservice.ts';
import type { HealthcareService, HealthcareServiceSpec } from '../../api/healthcareservice.ts';
import type { Cache } from '../../runtime/controller.ts';
import { digest } from '../../runtime/digest.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { usesBroker } from './edges.ts';
import { bindingSecretName } from './names.ts';

/** What a service was to its neighbours when it was last seen. */
interface Face {
  digest: string;
  calls: string[];
  publishes: string[];
}

/**
 * Which services a change of another one concerns: those that it calls (they list their callers), those that call it
 * (they hold its address), and those that consume what it publishes. The machinery asks for the object as it was and as it is. Status
 * changes concern nobody: what each service was to its neighbours is remembered to tell them apart.
 */
export class Neighbours {
  readonly #faces = new Map<string, Face>();

  concerned(service: HealthcareService, cache: Cache): ObjectKey[] {
    const { namespace = '', name } = service.metadata;
    const shown = faceOf(service.spec);
    const before = this.#faces.get(`${namespace}/${name}`);
    const now = this.#remember(cache.get(healthcareServices, { namespace, name }), `${namespace}/${name}`);
    if (before?.digest === now?.digest && shown.digest === now?.digest) return [];
    const faces = [shown, before, now].filter((face) => face !== undefined);
    const called = new Set(faces.flatMap(({ calls }) => calls));
    const events = new Set(faces.flatMap(({ publishes }) => publishes));
    return servicesWhere(cache, namespace, (other) => {
      const calls = (other.spec.calls ?? []).some((call) => call.service === name);
      const consumes = (other.spec.consumes ?? []).some(({ event }) => events.has(event));
      return calls || consumes || called.has(other.metadata.name);
    });
  }

  #remember(service: HealthcareService | undefined, id: string): Face | undefined {
    const isThere = service !== undefined && service.metadata.deletionTimestamp === undefined;
    const face = isThere ? faceOf(service.spec) : undefined;
    if (face === undefined) this.#faces.delete(id);
    else this.#faces.set(id, face);
    return face;
  }
}

/** Services that declare the store. */
export function usersOfStore({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  return servicesWhere(cache, metadata.namespace, ({ spec }) =>
    (spec.stores ?? []).some(({ store }) => store === metadata.name),
  );
}

/** Services that take part in events: another broker may make the choice of one ambiguous. */
export function usersOfBrokers({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  return servicesWhere(cache, metadata.namespace, ({ spec }) => usesBroker(spec));
}

/** Services whose credentials, or one of whose secrets, the Secret may be. */
export function usersOfSecret({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  return servicesWhere(
    cache,
    metadata.namespace,
    (service) =>
      (service.spec.secrets ?? []).some(({ name }) => name === metadata.name) ||
      metadata.name.startsWith(bindingSecretName(service.metadata.name, '')),
  );
}

function servicesWhere(
  cache: Cache,
  namespace: string | undefined,
  isConcerned: (service: HealthcareService) => boolean,
): ObjectKey[] {
  return cache
    .list(healthcareServices, namespace)
    .filter(isConcerned)
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }));
}

function faceOf(spec: HealthcareServiceSpec): Face {
  const { calls = [], publishes = [], http, ports } = spec;
  return {
    digest: digest({ calls, publishes, port: http?.port, paths: http?.paths, ports }),
    calls: calls.map(({ service }) => service),
    publishes: publishes.map(({ event }) => event),
  };
}
