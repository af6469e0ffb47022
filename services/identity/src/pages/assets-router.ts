import { Router } from '@careplane/kit';
import { STYLE } from './style.ts';

/** What pages load: the style sheet. */
export function assetsRouter(): Router {
  const router = Router();
  router.get('/account/assets/style.css', (_req, res) => {
    res.set('cache-control', 'public, max-age=3600').type('text/css').send(STYLE);
  });
  return router;
}
