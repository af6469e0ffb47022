import { healthcareServices } from '../api/healthcareservice.ts';
import { serviceOf, undeclaredProviders } from '../graph/pod-edges.ts';
import type { Cache, Context, OwnedType } from '../runtime/controller.ts';
import { departures, overdue, type Departing, type Grace } from '../engines/departing.ts';
import { newPassword, readOrGenerate } from '../k8s/generated-text.ts';
import type { AccountEngine } from '../api/reserved-names.ts';
import { reservedAccount } from '../names/reserved-name.ts';
import { bindingSecretName } from '../names/service-names.ts';
import { secretText } from '../k8s/secret-data.ts';
import { KIND_LABEL, keyOf, OWNER_LABEL } from '../runtime/keys.ts';
import type { KubeObject, ObjectKey, ObjectMeta, ResourceType } from '../runtime/kube.ts';
import { metadataOnly } from '../runtime/apply/owned-types.ts';
import type { Zone } from '../k8s/dns-names.ts';
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  services,
  statefulSets,
  type Pod,
  type Secret,
} from '../k8s/types.ts';

/** What the controllers of stores and brokers have in common. */

/** Kinds of children of an engine. */
export const engineChildren: readonly OwnedType[] = [
  ...metadataOnly(secrets, configMaps, services, podDisruptionBudgets, networkPolicies),
  statefulSets,
];

/** Where the names of an object's pods and services end in the DNS. */
export function zones(clusterDomain: string): (object: { metadata: ObjectMeta }) => Zone {
  return ({ metadata }) => ({ namespace: metadata.namespace ?? '', clusterDomain });
}

/** Stores and brokers that a pod of a service uses though the service declares them no more: their policies wait until it is gone. */
export function formerProvidersOf(pod: Pod, cache: Cache): ObjectKey[] {
  const { namespace = '' } = pod.metadata;
  const service = cache.get(healthcareServices, { namespace, name: serviceOf(pod) });
  return undeclaredProviders(pod, service).map((name) => ({ namespace, name }));
}

/** Who may log in at a store or a broker. */
export interface Logins {
  /** Password of each service: as it is in its Secret, or a new one. Of a departing service as long as its grace lasts. */
  passwords: ReadonlyMap<string, string>;
  /** Services that are gone, or declare it no more. */
  departing: readonly Departing[];
  grace: Grace;
}

interface LoginsWanted {
  type: ResourceType;
  engine: AccountEngine;
  /** The store or broker. */
  provider: { metadata: ObjectMeta; status?: { departing?: readonly Departing[] } };
  /** Services that declare it. */
  services: readonly string[];
  graceMs: number;
}

/** Reads the passwords of the services that want one, and of those that depart, which are known by their Secrets and by the status. */
export async function readLogins(
  { type, engine, provider, services, graceMs }: LoginsWanted,
  context: Pick<Context, 'cache' | 'live' | 'now'>,
): Promise<Logins> {
  const { name, namespace = '' } = provider.metadata;
  const mayHaveAccount = (service: string): boolean => reservedAccount(engine, service) === undefined;
  const wanted = services.filter(mayHaveAccount);
  const noted = provider.status?.departing ?? [];
  const grace = { noted, wanted, now: context.now(), graceMs };
  const known = [
    ...boundServices(type, provider.metadata, context.cache),
    ...noted.map(({ service }) => service),
  ];
  const departing = departures(
    known.filter((service) => !wanted.includes(service) && mayHaveAccount(service)),
    grace,
  );
  const due = overdue(departing, grace);
  const passwords = new Map<string, string>();
  for (const service of wanted) {
    const key = { namespace, name: bindingSecretName(service, name), entry: 'password' };
    passwords.set(service, await readOrGenerate(context, key, newPassword));
  }
  for (const { service } of departing.filter((one) => !due.has(one.service))) {
    const key = { namespace, name: bindingSecretName(service, name) };
    const password = secretText(await context.live.get<Secret>(secrets, key), 'password');
    if (password !== undefined) passwords.set(service, password);
  }
  return { passwords, departing, grace };
}

/** Services with a Secret of credentials at this object. */
function boundServices(type: ResourceType, { name, namespace }: ObjectMeta, cache: Cache): string[] {
  const labels = { [KIND_LABEL]: type.kind.toLowerCase(), [OWNER_LABEL]: name };
  const suffix = bindingSecretName('', name);
  return cache
    .list(secrets, namespace, labels)
    .filter(({ metadata }) => metadata.name.endsWith(suffix))
    .map(({ metadata }) => metadata.name.slice(0, -suffix.length));
}

/**
 * `status.departing`, `undefined` when there is none: what the engine tells takes the place of what was planned.
 * @param found what the engine still has; absent while it cannot be asked, so that nothing is forgotten
 */
export function departingStatus(
  { passwords, departing: planned, grace }: Logins,
  found?: readonly Departing[],
): { departing?: Departing[] } {
  const bound = planned.filter(({ service }) => passwords.has(service));
  const leftovers = grace.noted.filter(({ service, scope }) => scope && grace.wanted.includes(service));
  const left = found === undefined ? [...planned, ...leftovers] : [...bound, ...found];
  const departing = departures(
    left.map(({ service }) => service),
    grace,
  );
  // A field that is there and undefined takes the planned one away.
  return { departing: departing.length === 0 ? undefined : departing } as { departing?: Departing[] };
}

/** Maps a change to all objects of the type in its namespace, since an edge that was taken away can no longer be read. */
export function allBeside(type: ResourceType): (changed: KubeObject, cache: Cache) => ObjectKey[] {
  return ({ metadata }, cache) => cache.list(type, metadata.namespace).map(keyOf);
}
