import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Child } from './kubernetes.ts';
import { podSelector } from './labels.ts';

interface ServicePort {
  name: string;
  port: number;
  targetPort: string;
  protocol: 'TCP';
  appProtocol?: string;
  nodePort?: number;
}

/** The Service in front of the pods; none for a worker that listens on nothing. The admin port is never in it. */
export function service(healthcareService: HealthcareService): Child | undefined {
  const { metadata, spec } = healthcareService;
  const ports = [...httpPort(healthcareService), ...extraPorts(healthcareService)];
  if (ports.length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: metadata.name },
    spec: { type: spec.http?.expose?.type ?? 'ClusterIP', selector: podSelector(metadata.name), ports },
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

function extraPorts({ spec }: HealthcareService): ServicePort[] {
  return (spec.ports ?? []).map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
}
