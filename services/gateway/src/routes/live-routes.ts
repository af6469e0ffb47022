import { describeError } from '@careplane/kit';
import type { Bindings, Logger } from '@careplane/kit';
import { buildRoutes } from './table.ts';
import type { Route } from './table.ts';

export interface LiveRoutesOptions {
  readonly bindings: Bindings;
  readonly logger: Logger;
  readonly refreshMs: number;
  readonly now?: () => number;
}

/**
 * The routes as the binding has them now: a service that is added or removed changes the file in place. A file that
 * cannot be read keeps the last routes.
 * @throws BindingError when it cannot be read at start.
 */
export function createLiveRoutes(options: LiveRoutesOptions): () => readonly Route[] {
  const { bindings, logger, refreshMs, now = Date.now } = options;
  const read = (): Route[] => buildRoutes(bindings.read('careplane-routes')['routes.json']);
  let routes = read();
  let readAt = now();
  return () => {
    if (now() - readAt < refreshMs) return routes;
    readAt = now();
    try {
      routes = read();
    } catch (error) {
      logger.warn('routes: not readable, the last ones stay', describeError(error));
    }
    return routes;
  };
}
