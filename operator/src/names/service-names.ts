/**
 * Secret with the credentials of a service at a store or broker; made by the controller of that kind. A dot, which neither
 * name can have: `a-b` at `c` and `a` at `b-c` are two Secrets.
 */
export function bindingSecretName(service: string, provider: string): string {
  return `${service}.${provider}`;
}

/** ControllerRevision that keeps a revision of a service. */
export function revisionName(service: string, hash: string): string {
  return `${service}-${hash}`;
}

/** ConfigMap with the bindings that hold nothing secret: who may call, the token issuer's keys, the routes. */
export function bindingsConfigMapName(service: string): string {
  return `${service}-bindings`;
}
