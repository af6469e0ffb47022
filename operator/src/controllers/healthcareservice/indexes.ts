import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { usesBroker } from '../../graph/declared.ts';
import { calledBy, eventsOf, type Lookup } from '../../graph/neighbours.ts';
import { pathsOf } from '../../graph/paths.ts';
import { namedSecrets } from '../../names/withheld-secrets.ts';
import type { Cache, Index } from '../../runtime/controller.ts';

/** How services are found by their edges: a change of one of a thousand must not cost a look at each of them. */

/** Services by those that they call. */
export const byCalled = index('calls', calledBy);

/** Services by the events that they publish or consume. */
export const byEvent = index('events', eventsOf);

/** Services by the paths that they expose through gateways. */
export const byPath = index('paths', pathsOf);

/** Services by the stores that they use. */
export const byStore = index('stores', ({ spec }) => (spec.stores ?? []).map(({ store }) => store));

/** Services by the Secrets that they name. */
export const bySecret = index('secrets', ({ spec }) => namedSecrets(spec).map(({ name }) => name));

/** The one key of {@link byTakingPart}. */
export const IN_EVENTS = 'events';

/** Services that take part in events at all: which broker is theirs may depend on how many there are. */
export const byTakingPart = index('takes part', ({ spec }) => (usesBroker(spec) ? [IN_EVENTS] : []));

export const serviceIndexes: readonly Index[] = [
  byCalled,
  byEvent,
  byPath,
  byStore,
  bySecret,
  byTakingPart,
].map((definition) => definition as Index);

/** Looks services of one namespace up in the cache. */
export function lookupIn(cache: Cache, namespace: string): Lookup {
  return {
    named: (name) => cache.get(healthcareServices, { namespace, name }),
    callersOf: (name) => cache.byIndex(byCalled, name, namespace),
    sharing: (event) => cache.byIndex(byEvent, event, namespace),
    exposing: (path) => cache.byIndex(byPath, path, namespace),
  };
}

function index(
  name: string,
  keys: (service: HealthcareService) => readonly string[],
): Index<HealthcareService> {
  return { type: healthcareServices, name, keys };
}
