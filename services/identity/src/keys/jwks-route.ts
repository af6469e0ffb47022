import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import type { KeyringCache } from './keyring-cache.ts';

/** `GET /.well-known/jwks.json` (RFC 7517): cacheable for a minute, usable for an hour while we are away. */
export function jwksRoute(keyring: KeyringCache): RequestHandler {
  return route({}, async () => ({
    status: 200,
    headers: {
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=60, stale-if-error=3600',
    },
    body: (await keyring.current()).jwks,
  }));
}
