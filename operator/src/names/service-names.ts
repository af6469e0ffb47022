/** Secret with a service's credentials at a store or broker. Names have no dots, so no two pairs get the same Secret. */
export function bindingSecretName(service: string, provider: string): string {
  return `${service}.${provider}`;
}

/** Identity of a service in its certificate: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
export function spiffeId(of: { service: string; namespace: string; trustDomain: string }): string {
  return `spiffe://${of.trustDomain}/ns/${of.namespace}/sa/${of.service}`;
}

/** ControllerRevision that keeps a revision of a service. */
export function revisionName(service: string, hash: string): string {
  return `${service}-${hash}`;
}

/** ConfigMap with the bindings that are not secret: the callers, the routes. */
export function bindingsConfigMapName(service: string): string {
  return `${service}-bindings`;
}
