/**
 * Secret with the credentials of a service at a store or broker, made by the controller of that kind. Neither name can have a dot, so
 * `a-b` at `c` and `a` at `b-c` get two Secrets.
 */
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
