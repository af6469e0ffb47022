import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';

/** `GET /`: what this is and where to go. */
export function about(version: string): RequestHandler {
  return route({}, () => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=60' },
    body: {
      name: 'Careplane gateway',
      version,
      logIn: 'GET /.well-known/openid-configuration',
      register: 'GET /account/register',
      fhir: 'GET /fhir/R4/metadata',
      graphql: 'POST /graphql',
    },
  }));
}
