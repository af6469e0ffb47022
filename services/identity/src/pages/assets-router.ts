import { Router } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { PASSKEY_SCRIPT } from './passkey-script.ts';
import { STYLE } from './style.ts';

/** What pages load: the style sheet and the script for passkeys. */
export function assetsRouter(): Router {
  const router = Router();
  router.get('/account/assets/style.css', asset('text/css', STYLE));
  router.get('/account/assets/passkey.js', asset('text/javascript', PASSKEY_SCRIPT));
  return router;
}

function asset(type: string, text: string): RequestHandler {
  return (_req, res) => {
    res.set('cache-control', 'public, max-age=3600').type(type).send(text);
  };
}
