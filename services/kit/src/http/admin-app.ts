import express from 'express';
import type { Express, Router } from 'express';
import type { Logger } from '../observe/logger.ts';
import { unmatched } from './methods.ts';
import { problemHandler } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

/** The Express application around what a service adds to its admin port. */
export function createAdminApp(router: Router, logger: Logger): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_req, res, next) => {
    for (const [name, value] of securityHeaders()) res.setHeader(name, value);
    next();
  });
  app.use(router);
  app.use(unmatched(router));
  app.use(problemHandler(logger));
  return app;
}
