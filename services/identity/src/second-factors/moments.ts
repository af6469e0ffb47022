import { createHash } from 'node:crypto';
import type { Cache } from '@careplane/kit';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { onCache } from '../oidc/storage-away.ts';

/** What a log-in or a form has to remember for some minutes, in Redis: sealed, for it may be the secret of an authenticator app. */
export interface Moments {
  save(key: string, value: object, seconds: number): Promise<void>;
  look(key: string): Promise<unknown>;
  /** Reads it and removes it: of two who do, one gets it. */
  take(key: string): Promise<unknown>;
}

export function createMoments(
  { client, keyPrefix }: Cache,
  { sealingKey, sealingKeys }: Pick<IdentitySecrets, 'sealingKey' | 'sealingKeys'>,
): Moments {
  const nameOf = (key: string): string =>
    `${keyPrefix}moment:${createHash('sha256').update(key).digest('base64url')}`;
  const open = async (key: string, sealed: string | null): Promise<unknown> =>
    sealed === null ? undefined : JSON.parse(await unsealAny(sealingKeys, contextOf(key), sealed));
  return {
    async save(key, value, seconds): Promise<void> {
      const sealed = await seal(sealingKey, contextOf(key), JSON.stringify(value));
      await onCache(() => client.set(nameOf(key), sealed, 'EX', seconds));
    },
    look: async (key) => open(key, await onCache(() => client.get(nameOf(key)))),
    take: async (key) => open(key, await onCache(() => client.getdel(nameOf(key)))),
  };
}

function contextOf(key: string): string {
  return `careplane-identity/moment/${key}`;
}
