import type { Cache } from '@careplane/kit';
import { onCache } from '../oidc/storage-away.ts';

/** What a log-in or a form has to remember for some minutes, in Redis. */
export interface Moments {
  save(key: string, value: object, seconds: number): Promise<void>;
  look(key: string): Promise<unknown>;
  /** Reads it and removes it: of two who do, one gets it. */
  take(key: string): Promise<unknown>;
}

export function createMoments({ client, keyPrefix }: Cache): Moments {
  const nameOf = (key: string): string => `${keyPrefix}moment:${key}`;
  const parse = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
  return {
    async save(key, value, seconds): Promise<void> {
      await onCache(() => client.set(nameOf(key), JSON.stringify(value), 'EX', seconds));
    },
    look: async (key) => parse(await onCache(() => client.get(nameOf(key)))),
    take: async (key) => parse(await onCache(() => client.getdel(nameOf(key)))),
  };
}
