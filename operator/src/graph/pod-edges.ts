import { LABEL } from '../api/group.ts';
import type { HealthcareService } from '../api/healthcareservice.ts';
import { pods, type Pod } from '../k8s/types.ts';
import { hasEnded } from '../k8s/pods.ts';
import type { Cache, Index } from '../runtime/controller.ts';
import type { ObjectMeta } from '../runtime/kube.ts';
import { usesBroker } from './declared.ts';

/** One end of a `calls` edge, by the names of service and port. */
export interface NamedCall {
  service: string;
  portName: string;
}

/** The edges that a pod was made with. What the spec says by now is no matter to a pod that runs. */
export interface PodEdges {
  calls: NamedCall[];
  /** Stores and broker whose credentials it mounts. */
  providers: string[];
}

const VARIABLE = /^CALLS_(?<end>[A-Z0-9_]+)_URL$/;
const ADDRESS = /^[a-z]+:\/\/(?<service>[a-z0-9-]+)\./;

/** Read from what the pod was given (docs/concepts/contracts.md): addresses in its environment, Secrets in its volumes. */
export function podEdges(pod: Pod): PodEdges {
  const service = serviceOf(pod);
  const { containers = [], volumes = [] } = pod.spec ?? {};
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const prefix = `${service}.`;
  return {
    calls: containers.flatMap(({ env = [] }) => env).flatMap(({ name, value }) => namedCall(name, value)),
    providers: sources
      .map(({ secret }) => secret?.name ?? '')
      .filter((secret) => secret.startsWith(prefix))
      .map((secret) => secret.slice(prefix.length)),
  };
}

/** Name of the service that a pod belongs to. */
export function serviceOf({ metadata }: Pod): string {
  return metadata.labels?.[LABEL.service] ?? '';
}

/** Pods of services that may still serve or drain, by the services that they were made to call. */
export const byPodCalls = indexOfPods('pod calls', ({ calls }) => calls.map(({ service }) => service));

/** Those pods, by the stores and the broker that they were made to use. */
export const byPodProviders = indexOfPods('pod providers', ({ providers }) => providers);

/** Services whose pods use the store or broker though they declare it no more. */
export function formerUsers(
  { metadata: { name, namespace } }: { metadata: Pick<ObjectMeta, 'name' | 'namespace'> },
  declared: readonly string[],
  cache: Cache,
): string[] {
  const users = cache.byIndex(byPodProviders, name, namespace).map(serviceOf);
  return [...new Set(users)].filter((user) => !declared.includes(user)).sort();
}

/** What a pod still calls and its service declares no more; nothing for most pods, which are of the revision of the spec. */
export function undeclaredCalls(pod: Pod, service: HealthcareService | undefined): string[] {
  const declared = new Set((service?.spec.calls ?? []).map((call) => `${call.service} ${call.port}`));
  return podEdges(pod)
    .calls.filter((call) => !declared.has(`${call.service} ${call.portName}`))
    .map((call) => call.service);
}

/** The same of stores and brokers. */
export function undeclaredProviders(pod: Pod, service: HealthcareService | undefined): string[] {
  const stores = new Set((service?.spec.stores ?? []).map(({ store }) => store));
  const isBroker = (name: string): boolean =>
    service !== undefined && usesBroker(service.spec) && (service.spec.broker ?? name) === name;
  return podEdges(pod).providers.filter((name) => !stores.has(name) && !isBroker(name));
}

function indexOfPods(name: string, keys: (edges: PodEdges) => readonly string[]): Index<Pod> {
  return {
    type: pods,
    name,
    keys: (pod) => (serviceOf(pod) === '' || hasEnded(pod) ? [] : [...new Set(keys(podEdges(pod)))]),
  };
}

/** `CALLS_MAIL_SINK_SMTP_URL=tcp://mail-sink.clinic.svc:1025`: the address has the service, what is left of the name the port. */
function namedCall(variable: string, value = ''): NamedCall[] {
  const end = VARIABLE.exec(variable)?.groups?.['end'];
  const service = ADDRESS.exec(value)?.groups?.['service'];
  if (end === undefined || service === undefined) return [];
  const port = end.slice(service.length + 1);
  return [{ service, portName: port === '' ? 'http' : port.toLowerCase().replaceAll('_', '-') }];
}
