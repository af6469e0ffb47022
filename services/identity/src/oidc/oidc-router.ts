import {
  Forbidden,
  HttpProblem,
  nameRoute,
  RESOURCE_METADATA_PATH,
  route,
  Router,
  Unauthorized,
} from '@careplane/kit';
import type { Request, RequestHandler, Response } from '@careplane/kit';
import type { Apps } from '../apps/apps.ts';
import type { KeyringCache } from '../keys/keyring-cache.ts';
import { jwksRoute } from '../keys/jwks-route.ts';
import { textOf } from '../pages/forms.ts';
import { shortForm } from '../pages/page-handler.ts';
import { verifyAccessToken } from './access-tokens.ts';
import type { AccessTokenOptions } from './access-tokens.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Introspection } from './introspection.ts';
import type { Providers } from './provider.ts';
import { protectedResource, smartConfiguration } from './smart-configuration.ts';
import { ADMIN_SCOPE } from './smart-scopes.ts';

export interface OidcRouterParts {
  readonly publicUrl: string;
  readonly providers: Providers;
  readonly keyring: KeyringCache;
  readonly tokens: AccessTokenOptions;
  readonly apps: Apps;
  readonly introspection: Introspection;
}

const PROVIDED = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  ENDPOINTS.authorization,
  `${ENDPOINTS.authorization}/:uid`,
  ENDPOINTS.token,
  ENDPOINTS.pushed_authorization_request,
  ENDPOINTS.introspection,
  ENDPOINTS.revocation,
  ENDPOINTS.end_session,
  `${ENDPOINTS.end_session}/confirm`,
  `${ENDPOINTS.end_session}/success`,
];

/** OAuth 2, OpenID Connect and SMART: oidc-provider behind Express, and what it has not. */
export function oidcRouter(parts: OidcRouterParts): Router {
  const router = Router();
  const smart = smartConfiguration(parts.publicUrl);
  const open: RequestHandler = (_req, res, next) => {
    res.set('access-control-allow-origin', '*');
    next();
  };
  for (const path of ['/.well-known/smart-configuration', '/fhir/R4/.well-known/smart-configuration'])
    router.get(
      path,
      open,
      route({}, () => ({ status: 200, headers: CACHED, body: smart })),
    );
  const resource = protectedResource(parts.publicUrl);
  router.get(
    RESOURCE_METADATA_PATH,
    open,
    route({}, () => ({ status: 200, headers: CACHED, body: resource })),
  );
  router.get(ENDPOINTS.jwks, open, jwksRoute(parts.keyring));
  router.post(ENDPOINTS.authorization, shortForm, byGet);
  router.options(ENDPOINTS.userinfo, originsOnly(parts.apps), preflight);
  router.get(ENDPOINTS.userinfo, originsOnly(parts.apps), userinfo(parts));
  router.post(ENDPOINTS.userinfo, originsOnly(parts.apps), userinfo(parts));
  router.post(ENDPOINTS.introspection, shortForm, introspectByBearer(parts));
  router.post(ENDPOINTS.token, shortForm, completeRefresh(parts));
  const provided = toProvider(parts);
  for (const path of PROVIDED) router.all(path, provided);
  return router;
}

const CACHED = { 'cache-control': 'public, max-age=300' };

/** Hands a request to oidc-provider, as one for the public address: what headers say of the host counts for nothing. */
function toProvider({ providers, publicUrl }: OidcRouterParts): RequestHandler {
  const { host, protocol } = new URL(publicUrl);
  return async (req, res) => {
    nameRoute(req, templateOf(req));
    const provider = await providers.current();
    req.headers.host = host;
    req.headers['x-forwarded-host'] = host;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    res.set('referrer-policy', 'no-referrer');
    await provider.callback()(req, res);
  };
}

function templateOf(req: Request): string {
  return (req as { route?: { path?: string } }).route?.path ?? '(unmatched)';
}

/** What the entrance takes of a URL. */
const URL_BYTES = 8_192;

/**
 * `authorize-post` (SMART; OpenID Connect Core, 3.1.2.1): the same request by GET, with which cookies are sent.
 * @throws HttpProblem 413 for what fits no URL: it would be sent nowhere
 */
function byGet(req: Request, res: Response): void {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((req.body as Record<string, unknown> | undefined) ?? {}))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof one === 'string') query.append(name, one);
  const location = `${ENDPOINTS.authorization}?${query.toString()}`;
  if (location.length > URL_BYTES) throw new HttpProblem(413, 'The request is too large');
  res.set('cache-control', 'no-store').redirect(303, location);
}

/** CORS for the pages of registered apps. */
function originsOnly(apps: Apps): RequestHandler {
  return async (req, res, next) => {
    const origin = req.get('origin');
    res.vary('Origin');
    if (origin !== undefined && (await apps.hasOrigin(origin)))
      res.set({ 'access-control-allow-origin': origin, 'access-control-expose-headers': 'WWW-Authenticate' });
    next();
  };
}

function preflight(_req: Request, res: Response): void {
  res
    .set({ 'access-control-allow-headers': 'authorization', 'access-control-allow-methods': 'GET, POST' })
    .status(204)
    .end();
}

/**
 * `GET /oauth2/userinfo` (OpenID Connect Core, 5.3): who the token's user is. The gateway has asked for the proof of a token that is bound
 * to a key, as for every route that takes one.
 */
function userinfo({ tokens }: OidcRouterParts): RequestHandler {
  return route({}, async ({ req }) => {
    const [, token = ''] = /^Bearer ([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '') ?? [];
    const claims = await verifyAccessToken(token, tokens);
    if (claims?.scope?.split(' ').includes('openid') !== true) throw new Unauthorized();
    const { sub, fhirUser } = claims as { sub?: string; fhirUser?: string };
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { sub, ...(fhirUser === undefined ? {} : { fhirUser: `${tokens.audience}/${fhirUser}` }) },
    };
  });
}

/**
 * SMART: who may introspect may show a bearer token instead of a client's secret: an administrator's with the scope to administer, or that of a backend app of
 * the clinic's own.
 */
function introspectByBearer({ tokens, apps, introspection }: OidcRouterParts): RequestHandler {
  return async (req, res, next) => {
    const [, bearer] = /^Bearer ([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '') ?? [];
    if (bearer === undefined) {
      next();
      return;
    }
    const caller = await verifyAccessToken(bearer, tokens);
    // A token bound to a key is no bearer's.
    if (!caller || caller.cnf !== undefined) throw new Unauthorized();
    if (!(await mayIntrospect(caller, apps))) throw new Forbidden();
    res.set('cache-control', 'no-store').json(await introspection.describe(textOf(req, 'token')));
  };
}

type Claims = NonNullable<Awaited<ReturnType<typeof verifyAccessToken>>>;

async function mayIntrospect({ role, scope = '', client_id: client }: Claims, apps: Apps): Promise<boolean> {
  if (role === 'admin') return scope.split(' ').includes(ADMIN_SCOPE);
  if (role !== 'app') return false;
  const app = await apps.metadataOf(client);
  return app?.['careplane_first_party'] === true;
}

/**
 * A public app's refresh request need not name the app (RFC 6749, 6), and fhirclient's does not; oidc-provider wants it. The token is
 * the app's only proof either way.
 */
function completeRefresh({ providers, apps }: OidcRouterParts): RequestHandler {
  return async (req, _res, next) => {
    const isNamed = ['client_id', 'client_assertion'].some((name) => textOf(req, name) !== '');
    const isRefresh = textOf(req, 'grant_type') === 'refresh_token';
    if (isRefresh && !isNamed && req.get('authorization') === undefined) {
      const provider = await providers.current();
      const token = await provider.RefreshToken.find(textOf(req, 'refresh_token'));
      const app = token?.clientId === undefined ? undefined : await apps.metadataOf(token.clientId);
      if (app?.token_endpoint_auth_method === 'none')
        req.body = { ...req.body, client_id: token?.clientId } as object;
    }
    next();
  };
}
