import { describeError } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { Gauge } from 'prom-client';
import { cacheKeyring } from './keyring-cache.ts';
import type { KeyringCache } from './keyring-cache.ts';
import type { IdentitySecrets } from './secrets.ts';
import { loadKeyring } from './signing-keys.ts';
import type { Keyring, KeyStore } from './signing-keys.ts';

export interface KeyringOptions {
  readonly store: KeyStore;
  readonly secrets: Pick<IdentitySecrets, 'sealingKeys' | 'nextSealingKeys'>;
  readonly refreshMs: number;
}

/** The signing keys, read again as they grow old. Keys that cannot be opened are counted, and logged when they are others. */
export async function openKeyring(
  { logger, metrics }: Pick<ServiceContext, 'logger' | 'metrics'>,
  { store, secrets, refreshMs }: KeyringOptions,
): Promise<KeyringCache> {
  const closed = new Gauge({
    name: 'careplane_signing_keys_closed',
    help: 'Published signing keys that cannot be opened with the keys of the Secret: they sign nothing.',
    registers: [metrics.registry],
  });
  let told = '';
  const load = async (): Promise<Keyring> => {
    const keyring = await loadKeyring(store, secrets);
    const ids = keyring.closed.join(' ');
    if (ids !== told && ids !== '')
      logger.error('signing keys: some cannot be opened and sign nothing', { ids: keyring.closed });
    told = ids;
    closed.set(keyring.closed.length);
    return keyring;
  };
  return cacheKeyring(load, {
    initial: await load(),
    refreshMs,
    failed: (error) => {
      logger.warn('signing keys: not read again, the last ones stay', describeError(error));
    },
  });
}
