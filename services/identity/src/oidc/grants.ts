import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { saveGrantWithCode } from './artifacts.ts';
import type { LaunchedGrant, Launches } from './launches.ts';
import { launchPatient, resultOf } from './policy.ts';
import type { PatientsOf } from './patients-of.ts';
import { isFirstParty, paramsOf, requestedScopes, wantsPatient } from './requested.ts';

const OIDC = new Set(['openid', 'offline_access', 'fhirUser']);

/** What somebody has allowed an app, once. */
export interface Decision {
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly patient: string | undefined;
  /** Life in seconds, of the grant and so of its refresh tokens. */
  readonly seconds: number;
}

export interface GrantParts {
  readonly fhirBase: string;
  readonly launches: Launches;
  readonly patients: PatientsOf;
  readonly grantSeconds: (scopes: readonly string[]) => number;
}

/** Saves what was allowed; each authorization has a grant of its own, and with it a family of tokens. */
export async function saveGrant(
  provider: Provider,
  parts: GrantParts,
  decision: Decision,
): Promise<{ readonly id: string; readonly grant: Grant }> {
  const { accountId, clientId, scopes, patient, seconds } = decision;
  const grant = new provider.Grant({ accountId, clientId });
  const open = scopes.filter((scope) => OIDC.has(scope));
  if (open.length > 0) grant.addOIDCScope(open.join(' '));
  grant.addResourceScope(parts.fhirBase, scopes.join(' '));
  const lasting = grant as unknown as { save(): Promise<string>; expiresIn: number } & LaunchedGrant;
  lasting.expiresIn = seconds;
  if (patient !== undefined && wantsPatient(scopes)) lasting.patient = patient;
  const id = await lasting.save();
  return { id, grant };
}

/** For oidc-provider's `loadExistingGrant`: the one the consent page has made; the clinic's own apps need no page. */
export async function grantFor(ctx: KoaContextWithOIDC, parts: GrantParts): Promise<Grant | undefined> {
  const { client, account, provider } = ctx.oidc;
  const made = resultOf(ctx)?.consent?.grantId;
  if (made !== undefined) return provider.Grant.find(made);
  if (!client || !account || !isFirstParty(client) || logInIsPending(ctx)) return undefined;
  const scopes = requestedScopes(ctx);
  const patient = await launchPatient(ctx, parts.patients);
  if (wantsPatient(scopes) && patient === undefined) return undefined;
  saveGrantWithCode(ctx);
  const { grant } = await saveGrant(provider, parts, {
    accountId: account.accountId,
    clientId: client.clientId,
    scopes,
    patient,
    seconds: parts.grantSeconds(scopes),
  });
  return grant;
}

function logInIsPending(ctx: KoaContextWithOIDC): boolean {
  return (paramsOf(ctx).prompt ?? '').split(' ').includes('login') && resultOf(ctx)?.login === undefined;
}
