import { Router } from 'express';
import type { Json } from './responses.ts';

/** Serves a document at `/openapi.json`, public: it says what the routes are, and nothing about anybody. */
export function createOpenApiRouter(document: Json): Router {
  const text = JSON.stringify(document);
  const router = Router({ caseSensitive: true });
  router.get('/openapi.json', (_req, res) => {
    res.set('cache-control', 'public, max-age=300').type('application/json').send(text);
  });
  return router;
}
