import { Router } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { PASSKEY_SCRIPT } from './passkey-script.ts';
import { STYLE } from './style.ts';

/** Sends a page's form without waiting for its button. */
const SUBMIT_SCRIPT = "document.querySelector('form').submit();\n";

/** What pages load: the style sheet and scripts, without which they work too. */
export function assetsRouter(): Router {
  const router = Router();
  router.get('/account/assets/style.css', asset('text/css', STYLE));
  router.get('/account/assets/passkey.js', asset('text/javascript', PASSKEY_SCRIPT));
  router.get('/account/assets/submit.js', asset('text/javascript', SUBMIT_SCRIPT));
  return router;
}

function asset(type: string, text: string): RequestHandler {
  return (_req, res) => {
    res.set('cache-control', 'public, max-age=3600').type(type).send(text);
  };
}
