import type { AuditTrail, Request, Response } from '@careplane/kit';
import { TooManyRequests } from '@careplane/kit';
import type { Interaction } from 'oidc-provider';
import { isOver } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import type { LogIns } from '../accounts/log-in.ts';
import type { Notices } from '../accounts/notices.ts';
import type { OidcParts } from '../oidc/oidc-parts.ts';
import type { Providers } from '../oidc/provider.ts';
import type { Moments } from '../second-factors/moments.ts';
import type { Passkeys } from '../second-factors/passkeys.ts';
import type { SecondFactors } from '../second-factors/second-factors.ts';
import type { Forms } from './forms.ts';
import { ForeignForm } from './page-handler.ts';

export interface LoginRouterParts {
  readonly oidc: OidcParts;
  readonly providers: Providers;
  readonly forms: Forms;
  readonly logIns: LogIns;
  readonly notices: Notices;
  readonly factors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly moments: Moments;
  readonly audit: AuditTrail;
}

/** A request within an interaction. */
export interface Step {
  readonly req: Request;
  readonly res: Response;
  readonly interaction: Interaction;
}

/** Somebody who has shown their password, and not yet the second factor. */
export interface Pending {
  readonly accountId: string;
  /** When the password was shown, in seconds since 1970: what was ended since then has ended this log-in, too. */
  readonly at: number;
  readonly stage: 'otp' | 'enrol' | 'codes';
  /** Of `enrol`: the secret that the page shows. */
  readonly secret?: string;
  /** What the browser is to remember at the end. */
  readonly cookies: readonly string[];
}

const PENDING_S = 600;

/**
 * The log-in that waits for its second factor; undefined when there is none, or it is over: whoever has shown a former password must
 * neither set a factor up nor use one up.
 */
export async function pendingOf(
  { moments, oidc }: LoginRouterParts,
  { interaction }: Step,
): Promise<Pending | undefined> {
  const pending = (await moments.look(`log-in:${interaction.uid}`)) as Pending | undefined;
  const account = pending && (await oidc.accounts.findOne({ _id: pending.accountId }));
  return account && account.status !== 'disabled' && !isOver(account, pending.at) ? pending : undefined;
}

export async function keepPending(parts: LoginRouterParts, now: Step, pending: Pending): Promise<void> {
  await parts.moments.save(`log-in:${now.interaction.uid}`, pending, PENDING_S);
}

export async function dropPending({ moments }: LoginRouterParts, { interaction }: Step): Promise<void> {
  await moments.take(`log-in:${interaction.uid}`);
}

/** The account of a log-in that waits for its second factor. @throws ForeignForm when it is not usable any more */
export async function accountById(
  { oidc }: LoginRouterParts,
  id: string | undefined,
): Promise<AccountRecord> {
  const account = id === undefined ? null : await oidc.accounts.findOne({ _id: id });
  if (!account || account.status === 'disabled') throw new ForeignForm();
  return account;
}

/**
 * Ends the interaction's step with what was found out: oidc-provider's `interactionFinished`, which would read again the interaction that
 * this request has read.
 */
export async function finish(
  { res, interaction }: Step,
  result: Record<string, unknown>,
): Promise<undefined> {
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
  res.status(303).set({ location: interaction.returnTo, 'content-length': '0' }).end();
  return undefined;
}

/** Somebody has shown enough. */
export interface Shown {
  readonly account: AccountRecord;
  /** When, in seconds since 1970. */
  readonly at: number;
  /** What the browser is to remember. */
  readonly cookies: readonly string[];
}

/** A log-in that waited for its second factor, with its account as it is now. @throws ForeignForm when it is over */
export async function shownBy(parts: LoginRouterParts, { accountId, at, cookies }: Pending): Promise<Shown> {
  const account = await accountById(parts, accountId);
  if (isOver(account, at)) throw new ForeignForm();
  return { account, at, cookies };
}

/**
 * The log-in is complete: the session begins. `amr`: RFC 8176. Whether the account may still be used, and nothing was ended since `at`, is
 * asked where the session begins (`account_gone` and `session_over` of the policy).
 */
export async function loggedIn(
  parts: LoginRouterParts,
  now: Step,
  { account, at, cookies, amr }: Shown & { amr: string[] },
): Promise<undefined> {
  await dropPending(parts, now);
  if (await parts.logIns.isNews(now.req, account, { amr, client: clientOf(now) }))
    await parts.notices.tell(account, 'new-device');
  for (const cookie of cookies) now.res.append('set-cookie', cookie);
  return finish(now, { login: { accountId: account._id, ts: at, amr, remember: true } });
}

/** The app that asks for the log-in. */
export function clientOf({ interaction }: Step): string | undefined {
  const { client_id: client } = interaction.params as { client_id?: string };
  return client;
}

/** This moment in seconds since 1970, with fractions: `endAll` and log-ins within one second are told apart. */
export function secondsNow(): number {
  return Date.now() / 1000;
}

export function tooMany(seconds: number): never {
  throw new TooManyRequests(seconds);
}
