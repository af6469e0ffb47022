import type { Request, RequestHandler, Response } from '@careplane/kit';
import { isDiscovery, isWithin } from './public-routes.ts';

/** Whether an app was registered with this origin. */
export type Origins = (origin: string) => Promise<boolean>;

/** What an app in a browser calls. Pages (`/oauth2/authorize`, `/login`, `/account`) are visited, not called. */
const CALLED = [
  ...['/fhir', '/graphql', '/uploads', '/sealed-documents', '/public-keys'],
  ...['/oauth2/token', '/oauth2/revoke', '/oauth2/userinfo', '/oauth2/par'],
];
const KEYS = '/oauth2/jwks';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = [
  'accept, authorization, content-type, dpop, idempotency-key, if-match, if-none-exist, if-none-match, prefer, purpose-of-use',
  'if-range, range, repr-digest, tus-resumable, upload-checksum, upload-defer-length, upload-length, upload-metadata, upload-offset',
  'x-security-context',
].join(', ');
const ANSWER_HEADERS = [
  'content-location, dpop-nonce, etag, last-modified, link, location, retry-after, www-authenticate',
  'accept-ranges, content-range, repr-digest, tus-checksum-algorithm, tus-extension, tus-max-size, tus-resumable, tus-version',
  'upload-defer-length, upload-expires, upload-length, upload-offset',
].join(', ');
/** Chromium takes no more than two hours. */
const PREFLIGHT_S = '7200';

/**
 * Cross-origin requests (Fetch, 3.2): what is the same for everybody may be read by any page, the API by pages of registered apps.
 * No cookies: apps send tokens. The gateway answers preflights itself, and services' own words about origins do not get through.
 */
export function createCors(origins: Origins): RequestHandler {
  return async (req, res, next) => {
    const { origin } = req.headers;
    if (origin === undefined) {
      next();
      return;
    }
    const allowed = await allowedOrigin(req.path, origin, origins);
    if (isPreflight(req)) answerPreflight(res, allowed);
    else {
      if (allowed !== undefined)
        res.set({ 'access-control-allow-origin': allowed, 'access-control-expose-headers': ANSWER_HEADERS });
      if (allowed !== '*') res.vary('origin');
      next();
    }
  };
}

async function allowedOrigin(path: string, origin: string, origins: Origins): Promise<string | undefined> {
  if (isDiscovery(path) || path === KEYS) return '*';
  if (!CALLED.some((prefix) => isWithin(path, prefix))) return undefined;
  return (await origins(origin)) ? origin : undefined;
}

function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Without the headers a browser does not send the request. */
function answerPreflight(res: Response, allowed: string | undefined): void {
  res.vary('origin, access-control-request-method, access-control-request-headers');
  if (allowed !== undefined) {
    res.set({
      'access-control-allow-origin': allowed,
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': PREFLIGHT_S,
    });
  }
  res.status(204).end();
}
