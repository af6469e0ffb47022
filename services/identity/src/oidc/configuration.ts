import { errors } from 'oidc-provider';
import type { Client, Configuration, JWKS, KoaContextWithOIDC } from 'oidc-provider';
import { ADMIN_CLIENT } from '../apps/own-apps.ts';
import { APP_PROPERTIES } from '../apps/client-metadata.ts';
import { personOf } from '../accounts/account.ts';
import { grantMark } from './endings.ts';
import { findAccount } from './oidc-account.ts';
import type { OidcAccount } from './oidc-account.ts';
import { grantFor } from './grants.ts';
import type { OidcParts } from './oidc-parts.ts';
import { careplanePolicy } from './policy.ts';
import { isFirstParty, originsOf, purposesOf, requestedScopes, wantsPatient } from './requested.ts';
import { ENDPOINTS } from './endpoints.ts';

/** SMART Backend Services: an assertion lives five minutes at most. */
const ASSERTION_SECONDS = 300;
const CLOCK_SECONDS = 5;

/** The whole of oidc-provider's configuration; `keys` are private. */
export function configurationOf(parts: OidcParts, keys: JWKS): Configuration {
  const { config, fhirBase } = parts;
  return {
    adapter: parts.adapter,
    jwks: keys,
    routes: ENDPOINTS,
    scopes: ['openid', 'offline_access', 'fhirUser'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], acr: null, auth_time: null, iss: null, sid: null },
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256', 'ES384', 'RS384', 'PS256', 'EdDSA', 'Ed25519'],
      idTokenSigningAlgValues: ['ES256', 'EdDSA', 'RS256'],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: [...APP_PROPERTIES] },
    extraParams: {
      // SMART: the server an app believes to talk to. Another one means that the app was deceived.
      aud(ctx, value): void {
        // A pushed request was judged when it came; its own `aud` is then that of the request object.
        if (ctx.oidc.entities.PushedAuthorizationRequest && value === config.PUBLIC_URL) return;
        const same = value === undefined || value === fhirBase || value === `${fhirBase}/`;
        if (!same) throw new errors.InvalidRequest('aud is not the FHIR server of this authorization server');
      },
    },
    conformIdTokenClaims: false,
    clockTolerance: CLOCK_SECONDS,
    cookies: cookiesOf(parts),
    ttl: ttlOf(parts),
    features: featuresOf(parts),
    clientBasedCORS: (_ctx, origin, client) => originsOf(client).includes(origin),
    interactions: {
      policy: careplanePolicy(parts.patients),
      url: (_ctx, { uid }) => `/login/${uid}`,
    },
    findAccount: (_ctx, id, source) =>
      findAccount(parts.accounts, { id, source: source as { authTime?: number } | undefined }, fhirBase),
    loadExistingGrant: (ctx) => grantFor(ctx, parts),
    // Log-out ends them by the session's id, in the database: tokens then work although the cache is away.
    expiresWithSession: () => Promise.resolve(false),
    issueRefreshToken: (_ctx, client, source) =>
      Promise.resolve(
        client.grantTypeAllowed('refresh_token') &&
          (source.scopes.has('offline_access') || source.scopes.has('online_access')),
      ),
    rotateRefreshToken: true,
    extraTokenClaims: (ctx, token) => tokenClaims(parts, ctx, token),
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header, client) => {
      // A key is looked for where the app has registered it, whatever the assertion names.
      if (header['jku'] !== undefined && header['jku'] !== client.jwksUri)
        throw new errors.InvalidClientAuth('jku is not the registered jwks_uri');
      const left = Number(claims['exp']) - Date.now() / 1000;
      if (left > ASSERTION_SECONDS + CLOCK_SECONDS)
        throw new errors.InvalidClientAuth('the assertion lives longer than five minutes');
      return Promise.resolve();
    },
    discovery: { userinfo_endpoint: `${config.PUBLIC_URL}${ENDPOINTS.userinfo}` },
    renderError: (ctx, out, error) => {
      parts.pages.problem(ctx, { code: out.error, description: out.error_description, error });
    },
  };
}

function cookiesOf({ config, secrets }: OidcParts): NonNullable<Configuration['cookies']> {
  const secure = config.PUBLIC_URL.startsWith('https:');
  const options = { signed: true, httpOnly: true, sameSite: 'lax', secure, overwrite: true } as const;
  return {
    keys: [...secrets.cookieKeys],
    names: {
      session: secure ? '__Host-session' : 'session',
      // Their path is the interaction's own, which `__Host-` does not allow.
      interaction: secure ? '__Secure-interaction' : 'interaction',
      resume: secure ? '__Secure-resume' : 'resume',
    },
    long: { ...options, path: '/' },
    short: options,
  };
}

function ttlOf({ config, grantSeconds }: OidcParts): NonNullable<Configuration['ttl']> {
  return {
    AccessToken: config.TOKEN_TTL_S,
    ClientCredentials: Math.min(config.TOKEN_TTL_S, 300),
    AuthorizationCode: 60,
    IdToken: config.TOKEN_TTL_S,
    Interaction: 1_800,
    Session: config.SESSION_TTL_S,
    Grant: config.REFRESH_TTL_S,
    // Rotation does not prolong a family.
    RefreshToken: (ctx, token) => {
      const rotated = ctx.oidc.entities.RotatedRefreshToken;
      return rotated ? Math.max(1, rotated.remainingTTL) : grantSeconds(token.scope?.split(' ') ?? []);
    },
  };
}

function featuresOf(parts: OidcParts): NonNullable<Configuration['features']> {
  const { fhirBase, config } = parts;
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (ctx, client, token) => mayIntrospect(ctx, client, token),
    },
    revocation: { enabled: true },
    userinfo: { enabled: false },
    dPoP: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        parts.pages.logOut(ctx, form);
      },
      postLogoutSuccessSource: (ctx) => {
        parts.pages.loggedOut(ctx);
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => Promise.resolve(fhirBase),
      useGrantedResource: () => Promise.resolve(true),
      getResourceServerInfo(ctx, resource, client): ReturnType<typeof resourceServer> {
        if (resource !== fhirBase) throw new errors.InvalidTarget();
        const alg = client.idTokenSignedResponseAlg === 'EdDSA' ? 'EdDSA' : 'ES256';
        return resourceServer(ctx, { fhirBase, seconds: config.TOKEN_TTL_S, alg });
      },
    },
  };
}

interface ResourceOptions {
  readonly fhirBase: string;
  readonly seconds: number;
  readonly alg: 'ES256' | 'EdDSA';
}

function resourceServer(
  ctx: KoaContextWithOIDC,
  { fhirBase, seconds, alg }: ResourceOptions,
): {
  scope: string;
  audience: string;
  accessTokenTTL: number;
  accessTokenFormat: 'jwt';
  jwt: { sign: { alg: 'ES256' | 'EdDSA' } };
} {
  const scopes = requestedScopes(ctx);
  const params = ctx.oidc.params as { grant_type?: string; scope?: string } | undefined;
  if (params?.grant_type === 'client_credentials') {
    if (scopes.length === 0)
      throw new errors.InvalidScope('no scope that this client may have', params.scope ?? '');
    params.scope ??= scopes.join(' ');
  }
  return {
    scope: scopes.join(' '),
    audience: fhirBase,
    accessTokenTTL: seconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg } },
  };
}

/** A public client sees its own tokens only; the clinic's own confidential ones see all. */
function mayIntrospect(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string | undefined },
): boolean {
  if (token.clientId === client.clientId) return true;
  return client.clientAuthMethod !== 'none' && isFirstParty(client);
}

interface TokenLike {
  readonly kind: string;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly scope?: string | undefined;
  readonly sessionUid?: string | undefined;
}

async function tokenClaims(
  parts: OidcParts,
  ctx: KoaContextWithOIDC,
  token: TokenLike,
): Promise<Record<string, string | number>> {
  const registered = purposesOf(ctx.oidc.client);
  const purposes = registered ? { purposes: registered.join(' ') } : {};
  if (token.kind === 'ClientCredentials')
    return { role: token.clientId === ADMIN_CLIENT.clientId ? 'admin' : 'app', ...purposes };
  const account = ctx.oidc.account as OidcAccount | undefined;
  if (!account) return {};
  const person = personOf(account.record);
  const claims = {
    role: account.record.role,
    fhirUser: person && `${person.type}/${person.id}`,
    patient: await patientOf(parts, ctx, token),
    ...endsWith(token),
    auth_time: (ctx.oidc.entities.RefreshToken ?? ctx.oidc.entities.AuthorizationCode)?.authTime,
    ...purposes,
  };
  return Object.fromEntries(
    Object.entries(claims).filter((claim): claim is [string, string | number] => claim[1] !== undefined),
  );
}

/** What ends the token before its time: its grant, and the session, but not of `offline_access`. */
function endsWith({ scope = '', sessionUid, grantId }: TokenLike): { sid?: string; grant?: string } {
  const isOffline = scope.split(' ').includes('offline_access');
  return {
    ...(isOffline || sessionUid === undefined ? {} : { sid: sessionUid }),
    ...(grantId === undefined ? {} : { grant: grantMark(grantId) }),
  };
}

async function patientOf(
  { launches }: OidcParts,
  ctx: KoaContextWithOIDC,
  { scope = '', grantId }: TokenLike,
): Promise<string | undefined> {
  return grantId !== undefined && wantsPatient(scope.split(' '))
    ? launches.patientOf(ctx, grantId)
    : undefined;
}
