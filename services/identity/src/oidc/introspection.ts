import type { KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from './configuration.ts';
import type { AccessClaims, AccessTokenOptions } from './access-tokens.ts';
import { verifyAccessToken } from './access-tokens.ts';
import { isFirstParty } from './requested.ts';
import { onDatabase } from './storage-away.ts';

/** Introspection and revocation of our JWTs, which oidc-provider refuses once it has authenticated the client. */
export interface Introspection {
  answer(ctx: KoaContextWithOIDC): Promise<void>;
  /** What is known of an access token, for who may know everything. */
  describe(token: string): Promise<object>;
}

export function createIntrospection(tokens: AccessTokenOptions): Introspection {
  const { endings } = tokens;

  function describe(claims: AccessClaims): object {
    return { active: true, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP', ...claims };
  }

  function introspect(ctx: KoaContextWithOIDC, claims: AccessClaims | undefined): object {
    const { client } = ctx.oidc;
    if (!claims || !client) return { active: false };
    const isOwn = claims.client_id === client.clientId;
    if (!isOwn && (client.clientAuthMethod === 'none' || !isFirstParty(client))) return { active: false };
    return describe(claims);
  }

  async function revoke(ctx: KoaContextWithOIDC, claims: AccessClaims | undefined): Promise<void> {
    if (claims?.client_id !== ctx.oidc.client?.clientId) return;
    await onDatabase(() => endings.end('token', claims?.jti ?? ''));
  }

  return {
    async describe(token): Promise<object> {
      const claims = await verifyAccessToken(token, tokens);
      return claims ? describe(claims) : { active: false };
    },
    async answer(ctx): Promise<void> {
      const isIntrospection = ctx.path === ROUTES.introspection;
      if (!isIntrospection && ctx.path !== ROUTES.revocation) return;
      const body = ctx.body as { error?: string } | undefined;
      if (body?.error !== 'unsupported_token_type') return;
      const token = (ctx.oidc.params as { token?: string } | undefined)?.token ?? '';
      const claims = await verifyAccessToken(token, tokens);
      ctx.status = 200;
      ctx.body = '';
      if (isIntrospection) ctx.body = introspect(ctx, claims);
      else await revoke(ctx, claims);
    },
  };
}
