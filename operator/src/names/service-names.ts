/** Secret with a service's credentials at a store or broker. Names have no dots, so no two pairs get the same Secret. */
export function bindingSecretName(service: string, provider: string): string {
  return `${service}.${provider}`;
}

/** ControllerRevision that keeps a revision of a service. */
export function revisionName(service: string, hash: string): string {
  return `${service}-${hash}`;
}

/** ConfigMap with the bindings that are not secret: the callers, the token issuer's keys, the routes. */
export function bindingsConfigMapName(service: string): string {
  return `${service}-bindings`;
}
