import { PURPOSES } from '@careplane/access';
import type { Purpose } from '@careplane/access';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { ADMIN_SCOPE, allowedScopes, parseSmartScope } from './smart-scopes.ts';

/** What oidc-provider's context has that its types do not say. */
interface Params {
  scope?: string;
  prompt?: string;
  response_type?: string;
  grant_type?: string;
}

export function paramsOf(ctx: KoaContextWithOIDC): Params {
  return (ctx.oidc as { params?: Params }).params ?? {};
}

/** The scopes an app may have at most. */
export function scopesOf(client: Client | undefined): readonly string[] {
  const scopes = (client?.['careplane_scopes'] as readonly string[] | undefined) ?? [];
  return isFirstParty(client) ? scopes : scopes.filter((scope) => scope !== ADMIN_SCOPE);
}

export function isFirstParty(client: Client | undefined): boolean {
  return client?.['careplane_first_party'] === true;
}

/** For what an app may use data, as far as its users' roles go; undefined: nothing was registered, so that the role's first counts. */
export function purposesOf(client: Client | undefined): readonly Purpose[] | undefined {
  const registered = client?.['careplane_purposes'] as readonly Purpose[] | undefined;
  return registered ?? (isFirstParty(client) ? PURPOSES : undefined);
}

export function originsOf(client: Client): readonly string[] {
  return (client['careplane_origins'] as readonly string[] | undefined) ?? [];
}

/**
 * The scopes that a request may be given at most: known, allowed to the app, and fit for the flow (`system/` for an app of its
 * own, everything else for somebody who is logged in). A backend app that asks for none gets all that it may have.
 */
export function requestedScopes(ctx: KoaContextWithOIDC): string[] {
  const { client, entities } = ctx.oidc;
  const { scope, grant_type: grantType } = paramsOf(ctx);
  const isBackend = grantType === 'client_credentials';
  const source = entities.AuthorizationCode?.scope ?? entities.RefreshToken?.scope;
  const asked = source ?? scope ?? (isBackend ? scopesOf(client).join(' ') : '');
  return allowedScopes(asked.split(' '), scopesOf(client)).filter(
    (text) => text === ADMIN_SCOPE || (parseSmartScope(text)?.context === 'system') === isBackend,
  );
}

/** Whether tokens of these scopes are about one patient. */
export function wantsPatient(scopes: readonly string[]): boolean {
  return scopes.some((text) => text === 'launch/patient' || parseSmartScope(text)?.context === 'patient');
}
