import type { Child } from './types.ts';

export interface NamedPort {
  name: string;
  port: number;
}

/** A Service with one address for all pods that are ready. */
export function clientService(
  name: string,
  selector: Record<string, string>,
  ports: readonly NamedPort[],
): Child {
  return service(name, { type: 'ClusterIP', selector, ports: servicePorts(ports) });
}

/** A Service that gives each pod a name, ready or not: members must find each other before they can get ready. */
export function headlessService(
  name: string,
  selector: Record<string, string>,
  ports: readonly NamedPort[],
): Child {
  return service(name, {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector,
    ports: servicePorts(ports),
  });
}

function service(name: string, spec: Record<string, unknown>): Child {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

function servicePorts(ports: readonly NamedPort[]): Record<string, unknown>[] {
  return ports.map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
}
