import { Router } from 'express';
import type { RequestHandler } from 'express';
import type { ServiceAuth } from './service-auth.ts';

/** A GET that other services make. The gateway leads nobody below `/internal/`. */
export interface InternalRoute<P> {
  /** As Express writes it. */
  readonly path: `/internal/${string}`;
  /** The services that may ask; `declared`: each that declares a call to this one. */
  readonly callers: readonly string[] | 'declared';
  readonly handle: (parts: P) => RequestHandler;
}

/** The internal routes of a service: none can be served without saying who may ask. */
export function createInternalRouter<P>(
  routes: readonly InternalRoute<P>[],
  parts: P,
  services: ServiceAuth,
): Router {
  const router = Router();
  for (const { path, callers, handle } of routes) {
    router.get(path, services.require(...(callers === 'declared' ? [] : callers)), handle(parts));
  }
  return router;
}
