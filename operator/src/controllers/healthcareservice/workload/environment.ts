import type { EnvVar } from '../../../k8s/types.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { compare } from '../../../graph/order.ts';
import type { CallAddress } from '../network/edges.ts';
import { imageVersion } from './image-version.ts';
import { shutdownOf } from './shutdown.ts';

/** Where bindings are mounted: the root of the Service Binding specification's workload projection. */
export const BINDING_ROOT = '/bindings';

/** Port of health and metrics; no Service exposes it. */
export const ADMIN_PORT = 9090;

/**
 * The environment of a service's container (docs/concepts/contracts.md). The configuration stands in the pod template
 * itself, so that a change rolls the pods and every revision of the Deployment is whole.
 */
export function environment(service: HealthcareService, calls: readonly CallAddress[]): EnvVar[] {
  const { metadata, spec } = service;
  const given = Object.entries(spec.config ?? {}).map(([name, value]) => ({ name, value: literal(value) }));
  return [
    { name: 'CAREPLANE_SERVICE', value: metadata.name },
    { name: 'CAREPLANE_NAMESPACE', value: metadata.namespace ?? '' },
    { name: 'CAREPLANE_VERSION', value: imageVersion(spec.image) },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...(spec.http === undefined ? [] : [{ name: 'PORT', value: String(spec.http.port) }]),
    { name: 'ADMIN_PORT', value: String(ADMIN_PORT) },
    { name: 'SERVICE_BINDING_ROOT', value: BINDING_ROOT },
    ...shutdownOf(spec).environment,
    // Lists of the spec are sets: their order must not roll the pods.
    ...inOrder(calls.map((call) => ({ name: callVariable(call), value: callUrl(call, metadata.namespace) }))),
    ...inOrder(given),
  ];
}

function inOrder(variables: readonly EnvVar[]): EnvVar[] {
  return variables.toSorted((a, b) => compare(a.name, b.name));
}

/** As kubelet hands it over unchanged: it replaces `$(NAME)`, and takes `$$` for a `$`. */
function literal(value: string): string {
  return value.replaceAll('$', () => '$$');
}

/** Address of a called port: `http://identity.clinic.svc:8080`, `tcp://mail-sink.clinic.svc:1025`. */
export function callUrl({ service, portName, port }: CallAddress, namespace = ''): string {
  return `${portName === 'http' ? 'http' : 'tcp'}://${service}.${namespace}.svc:${String(port)}`;
}

/** The port that a container was told of for a call; `undefined` where it was told of none. */
export function portTold(
  env: readonly EnvVar[],
  call: Pick<CallAddress, 'service' | 'portName'>,
): number | undefined {
  const url = env.find(({ name }) => name === callVariable(call))?.value ?? '';
  const port = Number(/:(\d+)$/.exec(url)?.[1]);
  return Number.isNaN(port) ? undefined : port;
}

function callVariable({ service, portName }: Pick<CallAddress, 'service' | 'portName'>): string {
  const port = portName === 'http' ? '' : `_${portName}`;
  return `CALLS_${service}${port}_URL`.replaceAll('-', '_').toUpperCase();
}
