import { withTransaction } from '@careplane/kit';
import type { AuditTrail, Collection, Mongo } from '@careplane/kit';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import { accountEvent } from '../trail/account-event.ts';
import { appEvent } from '../trail/app-event.ts';
import { ENDPOINTS } from './endpoints.ts';
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

export interface IntrospectionParts {
  readonly tokens: AccessTokenOptions;
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
  readonly accounts: Collection<AccountRecord>;
}

export function createIntrospection({ tokens, mongo, audit, accounts }: IntrospectionParts): Introspection {
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
    const { sub = '', jti = '', client_id: client } = claims ?? {};
    await onDatabase(async () => {
      const account = await accounts.findOne({ _id: sub });
      await withTransaction(mongo, async (tx) => {
        await endings.end('token', jti, tx);
        const also = [{ type: 'token', id: jti }];
        if (account) await audit.add(tx, [accountEvent('token-revoked', account, { client, also })]);
        else await audit.add(tx, [appEvent('token-revoked', client ?? '', { also })]);
      });
    });
  }

  return {
    async describe(token): Promise<object> {
      const claims = await verifyAccessToken(token, tokens);
      return claims ? describe(claims) : { active: false };
    },
    async answer(ctx): Promise<void> {
      const isIntrospection = ctx.path === ENDPOINTS.introspection;
      if (!isIntrospection && ctx.path !== ENDPOINTS.revocation) return;
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
