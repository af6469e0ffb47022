import { Unauthorized } from '@careplane/kit';
import type { Request, User, UserAuth } from '@careplane/kit';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { clientOf } from './client.ts';
import { refused, verifyProof } from './dpop.ts';
import type { Replays } from './dpop.ts';

export interface BindingOptions {
  readonly auth: UserAuth;
  readonly replays: Replays;
  readonly publicUrl?: string | undefined;
}

const confirmation = z.object({ cnf: z.strictObject({ jkt: z.string() }).optional() });
/** Of users that are remembered by their token; a token is read once. */
const bound = new WeakMap<User, { readonly jkt: string | undefined }>();

/**
 * Verifies the token of a request, and that it is used by whom it is bound to: a token with `cnf.jkt` needs a proof of that key
 * (RFC 9449), and one without cannot have one. The services behind get it as a bearer token, since no proof is valid there.
 * @throws HttpProblem 401, 503 when the keys cannot be had
 */
export async function checkBinding(req: Request, options: BindingOptions): Promise<User> {
  const token = /^DPoP ([\w~+/.=-]{1,8192})$/i.exec(req.headers.authorization ?? '')?.[1];
  if (token !== undefined) req.headers.authorization = `Bearer ${token}`;
  const user = await options.auth.verify(req);
  const { jkt } = boundTo(user, req);
  if (token === undefined) {
    if (jkt !== undefined) throw refused('the token is bound to a key');
    return user;
  }
  if (jkt === undefined) throw refused('the token is bound to no key');
  await prove(req, { token, jkt }, options);
  return user;
}

async function prove(
  req: Request,
  { token, jkt }: { readonly token: string; readonly jkt: string },
  { replays, publicUrl }: BindingOptions,
): Promise<void> {
  const { dpop } = req.headers;
  if (typeof dpop !== 'string') throw refused('there is none');
  const { protocol, host } = clientOf(req);
  const bases = [`${protocol}://${host ?? ''}`, ...(publicUrl === undefined ? [] : [publicUrl])];
  const urls = bases.map((base) => `${base.replace(/\/$/, '')}${req.path}`);
  await verifyProof({ proof: dpop, method: req.method, urls, token, jkt }, replays);
}

function boundTo(user: User, req: Request): { readonly jkt: string | undefined } {
  const known = bound.get(user);
  if (known) return known;
  const token = (req.headers.authorization ?? '').slice('Bearer '.length);
  const said = confirmation.safeParse(decodeJwt(token));
  if (!said.success) throw new Unauthorized('The token is bound in a way that is not known here');
  const found = { jkt: said.data.cnf?.jkt };
  bound.set(user, found);
  return found;
}
