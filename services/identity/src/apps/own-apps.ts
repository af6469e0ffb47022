import { ADMIN_SCOPE } from '../oidc/smart-scopes.ts';
import type { App } from './app.ts';

const BASE = {
  redirectUris: [],
  postLogoutRedirectUris: [],
  origins: [],
  firstParty: true,
  signingAlgorithm: 'ES256',
} as const;

/**
 * The client whose secret is an entry of the Secret `identity-keys`: whoever may read that Secret is an administrator. For
 * programs (`careplane app`, tests); people log in by pages.
 */
export const ADMIN_CLIENT: App = {
  ...BASE,
  redirectUris: [],
  postLogoutRedirectUris: [],
  origins: [],
  clientId: 'careplane-admin',
  name: 'Administration by programs',
  type: 'backend',
  scopes: ['system/*.cruds', ADMIN_SCOPE],
};

/** The pages below `/account`: they log in like any app, and throw the code away. */
export const ACCOUNT_CLIENT = 'careplane-account';

export function ownApps(publicUrl: string): readonly App[] {
  return [
    {
      ...BASE,
      clientId: ACCOUNT_CLIENT,
      name: 'My account',
      type: 'public',
      redirectUris: [`${publicUrl}/account/callback`],
      postLogoutRedirectUris: [],
      origins: [],
      scopes: ['openid'],
    },
  ];
}
