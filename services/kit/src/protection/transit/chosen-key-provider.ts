import { join } from 'node:path';
import { z } from 'zod';
import type { ServiceContext } from '../../context.ts';
import { firstKeyProvider } from '../first-key-provider.ts';
import type { KeyProvider } from '../key-provider.ts';
import { transitKeyProvider } from './transit-key-provider.ts';
import { kubernetesLogin, tokenFile } from './transit-login.ts';
import type { TransitLogin } from './transit-login.ts';

/** The keys of `spec.config` that say where a service's root key is; docs/operations/keys.md. */
export const keyProviderConfig = z.object({
  /** What wraps data keys from now on: the key in the service's Secret, or one in the transit engine of OpenBao or Vault. */
  KEY_PROVIDER: z.enum(['local', 'vault']).default('local'),
  /** Where OpenBao or Vault is. With `local` it still unwraps what it wrapped, so that one can go back. */
  VAULT_URL: z.url({ protocol: /^https$/ }).optional(),
  VAULT_KEY_NAME: z.string().min(1).max(200).default('careplane'),
  VAULT_MOUNT: z.string().min(1).max(200).default('transit'),
  VAULT_NAMESPACE: z.string().min(1).max(200).optional(),
  /** One of `spec.secrets`, which has the token as `token`, and as `ca.crt` the authorities that the server is believed by. */
  VAULT_SECRET: z.string().min(1).default('vault'),
  /** Log-in by the pod's ServiceAccount instead of a token: the role, the mount of the method, where the token is mounted. */
  VAULT_ROLE: z.string().min(1).optional(),
  VAULT_AUTH_MOUNT: z.string().min(1).default('kubernetes'),
  VAULT_JWT_PATH: z.string().min(1).optional(),
});

export type KeyProviderConfig = z.infer<typeof keyProviderConfig>;

type Context = Pick<ServiceContext<KeyProviderConfig>, 'bindings' | 'config' | 'lifecycle'>;

/**
 * The provider that the configuration names first, and the other one for what it wrapped before. @throws TypeError when it is `vault` and
 * there is no address
 */
export function chosenKeyProvider(ctx: Context, local: KeyProvider): KeyProvider {
  const { KEY_PROVIDER, VAULT_URL } = ctx.config;
  if (VAULT_URL === undefined) {
    if (KEY_PROVIDER === 'vault') throw new TypeError('KEY_PROVIDER is vault, and VAULT_URL is missing');
    return local;
  }
  const transit = openTransit(ctx, VAULT_URL);
  return KEY_PROVIDER === 'vault' ? firstKeyProvider(transit, [local]) : firstKeyProvider(local, [transit]);
}

function openTransit({ bindings, config, lifecycle }: Context, url: string): KeyProvider {
  const { 'ca.crt': ca } = bindings.secret(config.VAULT_SECRET);
  const provider = transitKeyProvider({
    url,
    keyName: config.VAULT_KEY_NAME,
    mount: config.VAULT_MOUNT,
    login: loginOf(config),
    ...(ca === undefined ? {} : { ca }),
    ...(config.VAULT_NAMESPACE === undefined ? {} : { namespace: config.VAULT_NAMESPACE }),
  });
  lifecycle.onShutdown('close', 'transit engine', () => provider.close());
  return provider;
}

function loginOf(config: Context['config']): TransitLogin {
  const { VAULT_ROLE: role, VAULT_AUTH_MOUNT: mount, VAULT_JWT_PATH: tokenPath } = config;
  if (role === undefined) return tokenFile(join(config.SERVICE_BINDING_ROOT, config.VAULT_SECRET, 'token'));
  return kubernetesLogin({ role, mount, ...(tokenPath === undefined ? {} : { tokenPath }) });
}
