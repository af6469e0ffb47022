import { interactionPolicy } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isOver } from '../accounts/account.ts';
import type { OidcAccount } from './oidc-account.ts';
import type { PatientsOf } from './patients-of.ts';
import { isFirstParty, requestedScopes, wantsPatient } from './requested.ts';

const { base, Check, Prompt } = interactionPolicy;

/** What the pages have found out, as far as they got. */
export interface InteractionResult {
  readonly login?: { readonly accountId: string };
  readonly launch?: { readonly patient: string };
  readonly consent?: { readonly grantId: string };
}

/** Log-in, then the patient, then consent to scopes (not for the clinic's own apps). */
export function careplanePolicy(patients: PatientsOf): ReturnType<typeof base> {
  const policy = base();
  const logIn = policy.get('login')?.checks;
  logIn?.add(
    new Check('account_gone', 'the account is no more, or disabled', 'login_required', (ctx) => {
      const { session, account } = ctx.oidc;
      return session?.accountId !== undefined && account === undefined;
    }),
  );
  logIn?.add(
    new Check('session_over', 'all log-ins of the account were ended', 'login_required', (ctx) => {
      const account = ctx.oidc.account as OidcAccount | undefined;
      return account !== undefined && isOver(account.record, ctx.oidc.session?.loginTs);
    }),
  );
  policy.remove('consent');
  const launch = new Check('patient_missing', 'a patient must be chosen', 'interaction_required', (ctx) =>
    patientIsMissing(ctx, patients),
  );
  policy.add(new Prompt({ name: 'launch', requestable: false }, launch));
  const consent = new Prompt(
    { name: 'consent', requestable: true },
    new Check('not_decided', 'the user must consent', 'consent_required', (ctx) => {
      return !isFirstParty(ctx.oidc.client) && resultOf(ctx)?.consent === undefined;
    }),
  );
  // `prompt=consent` is what OpenID Connect wants with `offline_access`; the check above asks everybody whom it must.
  consent.checks.remove('consent_prompt');
  policy.add(consent);
  return policy;
}

export function resultOf(ctx: KoaContextWithOIDC): InteractionResult | undefined {
  return ctx.oidc.result as InteractionResult | undefined;
}

/** The patient of this authorization; undefined when it needs none, or has yet to be chosen. */
export async function launchPatient(
  ctx: KoaContextWithOIDC,
  patients: PatientsOf,
): Promise<string | undefined> {
  if (!wantsPatient(requestedScopes(ctx))) return undefined;
  const chosen = resultOf(ctx)?.launch?.patient;
  const account = ctx.oidc.account as OidcAccount | undefined;
  return chosen ?? (account ? patients.only(account.record) : undefined);
}

export async function patientIsMissing(ctx: KoaContextWithOIDC, patients: PatientsOf): Promise<boolean> {
  if (!ctx.oidc.account || !wantsPatient(requestedScopes(ctx))) return false;
  return (await launchPatient(ctx, patients)) === undefined;
}
