import * as oauth from 'openid-client';
import type { OidcGround } from './oidc.ts';

export interface Discovery {
  readonly clientId: string;
  /** None: a public app. */
  readonly auth?: oauth.ClientAuth | undefined;
  readonly metadata?: object | undefined;
}

/** openid-client's configuration for an app of this clinic, by the discovery document behind its entrance. */
export function discoverClinic(
  { entrance }: OidcGround,
  { clientId, auth, metadata }: Discovery,
): Promise<oauth.Configuration> {
  const fetchIt = (url: string, options: object): unknown => entrance.fetch(url, options);
  return oauth.discovery(new URL(entrance.url), clientId, metadata, auth ?? oauth.None(), {
    [oauth.customFetch]: fetchIt as unknown as oauth.CustomFetch,
  });
}
