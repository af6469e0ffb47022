import type { KubeClient } from '../client/client.ts';
import { isStatus } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Cache, Context, Logger } from '../controller.ts';

export interface ContextParts {
  client: KubeClient;
  cache: Cache;
  clock: Clock;
  signal: AbortSignal;
  log: Logger;
}

/** What a controller is given for one reconcile. */
export function contextOf({ client, cache, clock, signal, log }: ContextParts): Context {
  return {
    cache,
    live: {
      get: (type, key) => client.get(type, key, { signal }),
      list: (type, namespace) => client.list(type, { namespace }, { signal }),
    },
    apply: (object, options) => client.apply(object, { signal, ...options }),
    remove: async (type, key, { uid } = { uid: undefined }) => {
      try {
        await client.remove(type, key, { signal, ...(uid === undefined ? {} : { preconditions: { uid } }) });
      } catch (error) {
        // Another object has the name: the one that was meant is gone.
        if (uid === undefined || !isStatus(error, 409)) throw error;
      }
    },
    raw: (path) => client.getRaw(path, { signal }),
    log,
    signal,
    now: () => clock.wall(),
  };
}
