import type { ClientMetadata } from 'oidc-provider';
import type { App } from './app.ts';

/** What oidc-provider keeps beside its own: under these names of the client. */
export const APP_PROPERTIES = [
  'careplane_scopes',
  'careplane_purposes',
  'careplane_origins',
  'careplane_first_party',
] as const;

/** The client of oidc-provider that an app is. */
export function clientMetadata(app: App, secret: string | undefined): ClientMetadata {
  const isBackend = app.type === 'backend';
  return {
    client_id: app.clientId,
    client_name: app.name,
    application_type: app.redirectUris.length > 0 && app.redirectUris.every(isNative) ? 'native' : 'web',
    redirect_uris: [...app.redirectUris],
    post_logout_redirect_uris: [...app.postLogoutRedirectUris],
    response_types: isBackend ? [] : ['code'],
    grant_types: isBackend ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: authMethod(app),
    id_token_signed_response_alg: app.signingAlgorithm,
    ...(app.jwks === undefined ? {} : { jwks: app.jwks }),
    ...(app.jwksUri === undefined ? {} : { jwks_uri: app.jwksUri }),
    ...(secret === undefined ? {} : { client_secret: secret }),
    careplane_scopes: app.scopes,
    ...(app.purposes === undefined ? {} : { careplane_purposes: app.purposes }),
    careplane_origins: app.origins,
    careplane_first_party: app.firstParty,
  };
}

/** How an app proves who it is. */
export function authMethod({ type, jwks, jwksUri }: App): 'none' | 'private_key_jwt' | 'client_secret_basic' {
  if (type === 'public') return 'none';
  return jwks === undefined && jwksUri === undefined ? 'client_secret_basic' : 'private_key_jwt';
}

/** Of an app on the user's machine: its own scheme, or this machine at whatever port it gets (RFC 8252, 7.3). */
function isNative(uri: string): boolean {
  return !uri.startsWith('https:');
}
