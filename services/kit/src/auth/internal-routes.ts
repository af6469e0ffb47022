import { Router } from 'express';
import type { RequestHandler } from 'express';
import type { ServiceAuth } from './service-auth.ts';

/** A question that other services ask. The gateway leads nobody below `/internal/`. */
export interface InternalRoute<P> {
  /** `POST` for a question that is too long for a path. Default `GET`. */
  readonly method?: 'GET' | 'POST';
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
  for (const { method = 'GET', path, callers, handle } of routes) {
    const guard = services.require(...(callers === 'declared' ? [] : callers));
    router[method === 'GET' ? 'get' : 'post'](path, guard, handle(parts));
  }
  return router;
}
