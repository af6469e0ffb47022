import type { HealthcareService, HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import { compare } from '../../../k8s/order.ts';
import type { Child, PodTemplate } from '../../../k8s/types.ts';
import { podSelector } from '../labels.ts';

/** Port of health and metrics; no Service exposes it. */
export const ADMIN_PORT = 9090;

interface ServicePort {
  name: string;
  port: number;
  targetPort: string;
  protocol: 'TCP';
  appProtocol?: string;
  nodePort?: number;
}

type Expose = NonNullable<NonNullable<HealthcareServiceSpec['http']>['expose']>;

/** What a port of a pod is called and where it listens. */
interface NamedPort {
  name: string;
  port: number;
}

/** The Service in front of the pods, if they listen; keeps the ports of other revisions, which callers still know. */
export function service(
  healthcareService: HealthcareService,
  otherRevisions: readonly PodTemplate[] = [],
): Child[] {
  const { metadata, spec } = healthcareService;
  const declared = [...httpPort(healthcareService), ...extraPorts(healthcareService)];
  const ports = [...declared, ...formerPorts(declared, otherRevisions)];
  if (ports.length === 0) return [];
  const { annotations, ...access } = exposure(spec.http?.expose);
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: metadata.name, ...(annotations === undefined ? {} : { annotations }) },
      spec: { ...access, selector: podSelector(metadata.name), ports },
    },
  ];
}

/** How the Service is reached from outside; the API server drops what does not go with its type. */
function exposure(expose: Partial<Expose> = {}): Omit<Expose, 'nodePort'> {
  const { type = 'ClusterIP', annotations, loadBalancerSourceRanges, externalTrafficPolicy } = expose;
  return {
    type,
    ...(annotations === undefined ? {} : { annotations }),
    ...(loadBalancerSourceRanges === undefined
      ? {}
      : { loadBalancerSourceRanges: loadBalancerSourceRanges.toSorted(compare) }),
    ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
  };
}

function httpPort({ spec: { http } }: HealthcareService): ServicePort[] {
  if (http === undefined) return [];
  const nodePort = http.expose?.nodePort;
  return [
    {
      name: 'http',
      port: http.port,
      targetPort: 'http',
      protocol: 'TCP',
      appProtocol: 'http',
      ...(nodePort === undefined ? {} : { nodePort }),
    },
  ];
}

/** The numbers that the declared ports have in other revisions, as far as they are free. */
function formerPorts(declared: readonly ServicePort[], revisions: readonly PodTemplate[]): ServicePort[] {
  const ports: ServicePort[] = [];
  for (const { name, port } of revisions.flatMap(portsOf)) {
    const now = declared.find((candidate) => candidate.name === name);
    const former = `${name}-${String(port)}`;
    const isFree = ![...declared, ...ports].some((taken) => taken.port === port || taken.name === former);
    if (now !== undefined && isFree)
      ports.push({
        name: former,
        port,
        targetPort: name,
        protocol: 'TCP',
        ...(now.appProtocol === undefined ? {} : { appProtocol: now.appProtocol }),
      });
  }
  return ports;
}

function portsOf({ spec }: PodTemplate): NamedPort[] {
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  return ports.map(({ name, containerPort }) => ({ name, port: containerPort }));
}

function extraPorts({ spec }: HealthcareService): ServicePort[] {
  return (spec.ports ?? []).map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
}
