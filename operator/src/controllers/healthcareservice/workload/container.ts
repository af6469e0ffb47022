import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { containerSecurity } from '../../../k8s/pod-security.ts';
import { type Binding, mounts } from '../bindings/bindings.ts';
import { compare } from '../../../k8s/order.ts';
import type { Edges } from '../network/edges.ts';
import { ADMIN_PORT } from '../network/service.ts';
import { environment } from './environment.ts';
import type { TemplateContainer } from '../../../k8s/types.ts';
import { containerResources } from '../../../k8s/resources.ts';
import { shutdownOf } from './shutdown.ts';

/** Small enough for a laptop. There is no CPU limit: throttling costs latency. */
const DEFAULTS = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '256Mi' } as const;

/** The one container of a service's pods, as PodSecurity `restricted` wants it. */
export function container(
  service: HealthcareService,
  edges: Edges,
  list: readonly Binding[],
  imagePullPolicy: string,
): TemplateContainer {
  const { metadata, spec } = service;
  const { preStop } = shutdownOf(spec);
  return {
    name: metadata.name,
    image: spec.image,
    imagePullPolicy,
    env: environment(service, edges.addresses),
    ports: containerPorts(service),
    resources: containerResources(spec.resources, DEFAULTS),
    securityContext: containerSecurity,
    // The pod's status keeps the end of a failed container's log: the operator needs no right to read logs.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    // Two minutes for the first start (migrations); from then on liveness only asks whether the event loop turns.
    startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 2 }),
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 }),
    readinessProbe: probe('/readyz', { periodSeconds: 3, failureThreshold: 2, timeoutSeconds: 3 }),
    ...(preStop === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: preStop } } } }),
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...mounts(list)],
  };
}

function probe(path: string, timing: Record<string, number>): Record<string, unknown> {
  return { httpGet: { path, port: 'metrics' }, ...timing };
}

function containerPorts({ spec }: HealthcareService): NonNullable<TemplateContainer['ports']> {
  return [
    ...(spec.http === undefined ? [] : [{ name: 'http', containerPort: spec.http.port, protocol: 'TCP' }]),
    { name: 'metrics', containerPort: ADMIN_PORT, protocol: 'TCP' },
    ...(spec.ports ?? [])
      .toSorted((a, b) => compare(a.name, b.name))
      .map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })),
  ];
}
