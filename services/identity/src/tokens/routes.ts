import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { normalizeEmail } from '../accounts/login-key.ts';
import type { Parts } from '../parts.ts';
import { issueToken } from './issue.ts';
import { logIn } from './login.ts';

const credentials = z.strictObject({
  grant_type: z.literal('password').optional(),
  username: z.string().min(1).max(254),
  password: z.string().min(1).max(256),
});

/**
 * `POST /v1/tokens`, public: an access token for a username (e-mail address, or `admin`) and a password. Limited per
 * account and address; the token is for this caller alone and is never cached (RFC 6749, 5.1).
 */
export function createToken(parts: Parts): RequestHandler {
  const { config, keyring, loginLimit } = parts;
  return route({ body: credentials }, async ({ body, req }) => {
    const attempt = await loginLimit.attempt({
      account: normalizeEmail(body.username),
      address: req.ip ?? 'unknown',
    });
    const subject = await logIn(parts, body);
    await attempt.succeeded();
    const { signer } = await keyring.current();
    const options = { issuer: config.ISSUER, ttlSeconds: config.TOKEN_TTL_S };
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        access_token: await issueToken(subject, signer, options),
        token_type: 'Bearer',
        expires_in: config.TOKEN_TTL_S,
      },
    };
  });
}
