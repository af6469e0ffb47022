/** Where things of one namespace are found. */
export interface Zone {
  namespace: string;
  /** As `cluster.local`. */
  clusterDomain: string;
}

/** Full name of a Service. */
export function serviceHost(service: string, { namespace, clusterDomain }: Zone): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}

/** The name as callers in the cluster write it, without the cluster's domain: `identity.clinic.svc`. */
export function shortHost(host: string, clusterDomain: string): string {
  return host.slice(0, -(clusterDomain.length + 1));
}

/** Full name of a pod of a StatefulSet, given by its headless Service. */
export function podHost(set: string, index: number, service: string, zone: Zone): string {
  return `${set}-${index}.${serviceHost(service, zone)}`;
}

/** More than any kind allows: growing must not need another certificate. */
const MOST_MEMBERS = 3;

/** Every name by which a StatefulSet's pods are called, for their certificate. */
export function certificateNames(
  set: string,
  services: { client?: string; headless: string },
  zone: Zone,
): string[] {
  const pods = Array.from({ length: MOST_MEMBERS }, (_, index) =>
    podHost(set, index, services.headless, zone),
  );
  const names = [services.client, services.headless].filter((name) => name !== undefined);
  const hosts = [...names.map((name) => serviceHost(name, zone)), ...pods];
  return [...hosts.flatMap((host) => [host, shortHost(host, zone.clusterDomain)]), ...names, 'localhost'];
}
