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
      rest: {
        register: 'POST /v1/patients',
        logIn: 'POST /v1/tokens',
        keys: 'GET /.well-known/jwks.json',
        book: 'POST /v1/appointments',
      },
      graphql: 'POST /graphql',
    },
  }));
}
