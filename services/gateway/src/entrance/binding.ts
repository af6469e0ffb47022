import type { Caller, Request, UserAuth } from '@careplane/kit';
import { clientOf } from './client.ts';
import { refused, verifyProof } from './dpop.ts';
import type { Replays } from './dpop.ts';

export interface BindingOptions {
  readonly auth: UserAuth;
  readonly replays: Replays;
  readonly publicUrl?: string | undefined;
}

/**
 * Verifies the token of a request, and that it is used by whom it is bound to: a token with `cnf.jkt` needs a proof of that key
 * (RFC 9449), and one without cannot have one. The services behind get it as a bearer token, since no proof is valid there.
 * @throws HttpProblem 401, 503 when the keys cannot be had
 */
export async function checkBinding(req: Request, options: BindingOptions): Promise<Caller> {
  const token = /^DPoP ([\w~+/.=-]{1,8192})$/i.exec(req.headers.authorization ?? '')?.[1];
  if (token !== undefined) req.headers.authorization = `Bearer ${token}`;
  const caller = await options.auth.verify(req);
  const { jkt } = caller;
  if (token === undefined) {
    if (jkt !== undefined) throw refused('the token is bound to a key');
    return caller;
  }
  if (jkt === undefined) throw refused('the token is bound to no key');
  await prove(req, { token, jkt }, options);
  return caller;
}

async function prove(
  req: Request,
  { token, jkt }: { readonly token: string; readonly jkt: string },
  { replays, publicUrl }: BindingOptions,
): Promise<void> {
  const { dpop } = req.headers;
  if (typeof dpop !== 'string') throw refused('there is none');
  const { protocol, host } = clientOf(req, publicUrl);
  const urls = [`${protocol}://${host ?? ''}${req.path}`];
  await verifyProof({ proof: dpop, method: req.method, urls, token, jkt }, replays);
}
