import { randomBytes } from 'node:crypto';
import { needsSecondFactor } from '../accounts/account.ts';
import { hasSecondFactor } from '../second-factors/second-factors.ts';
import { totpUri } from '../second-factors/totp.ts';
import { textOf } from './forms.ts';
import type { Fault, Page } from './layout.ts';
import type { Frame } from './login-pages.ts';
import type { LoginRouterParts, Pending, Shown, Step } from './login-steps.ts';
import {
  accountById,
  clientOf,
  keepPending,
  loggedIn,
  pendingOf,
  secondsNow,
  shownBy,
  tooMany,
} from './login-steps.ts';
import { ForeignForm } from './page-handler.ts';
import type { PageAnswer } from './page-handler.ts';
import { qrSvg } from './qr.ts';
import { codesPage, enrolPage, otpPage } from './second-factor-pages.ts';

/** After the password: the second factor, its enrolment, or nothing more. `frame`: of the page that comes, if one does. */
export async function afterPassword(
  parts: LoginRouterParts,
  now: Step,
  { account, at, cookies, frame }: Shown & { readonly frame: () => Frame },
): Promise<PageAnswer> {
  const accountId = account._id;
  if (!hasSecondFactor(account) && !needsSecondFactor(account))
    return loggedIn(parts, now, { account, at, cookies, amr: ['pwd'] });
  const pending: Pending = hasSecondFactor(account)
    ? { accountId, at, cookies, stage: 'otp' }
    : { accountId, at, cookies, stage: 'enrol', secret: parts.factors.newSecret() };
  await keepPending(parts, now, pending);
  return pendingPage(parts, pending, frame());
}

/** The page of a log-in whose password was right. */
export async function pendingPage(
  parts: LoginRouterParts,
  { accountId, stage, secret = '' }: Pending,
  { uid, csrf, targets, faults = [] }: Frame,
): Promise<Page> {
  const base = { csrf, targets, faults };
  if (stage === 'codes') return codesPage({ ...base, action: `/login/${uid}/continue` }, []);
  if (stage === 'enrol') {
    const why = 'Your role needs a second step beside the password. You do this once.';
    return enrolPage(
      { ...base, action: `/login/${uid}/enrol` },
      { secret, why, qr: qrSvg(totpUri(secret, 'log-in')) },
    );
  }
  const account = await accountById(parts, accountId);
  const hasPasskey = parts.passkeys.isPossible && (account.secondFactor?.passkeys?.length ?? 0) > 0;
  const passkey = hasPasskey
    ? {
        action: `/login/${uid}/passkey`,
        kind: 'get' as const,
        label: 'Use a passkey',
        nonce: newNonce(),
        options: await parts.passkeys.ask(uid, account),
      }
    : undefined;
  return otpPage({ ...base, action: `/login/${uid}/otp` }, { passkey, restart: `/login/${uid}/restart` });
}

export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

const WRONG: Fault = { field: 'otp', message: 'The code is wrong, or was used already' };

export async function checkOtp(
  parts: LoginRouterParts,
  now: Step,
  frame: (faults: Fault[]) => Frame,
): Promise<PageAnswer> {
  const pending = await pendingOf(parts, now);
  if (pending?.stage !== 'otp') throw new ForeignForm();
  const account = await accountById(parts, pending.accountId);
  const outcome = await parts.factors.check(account, textOf(now.req, 'otp').trim());
  if (outcome !== 'right') await parts.logIns.refused(account, `second-factor-${outcome}`, clientOf(now));
  if (outcome === 'limited') tooMany(300);
  if (outcome === 'wrong') return pendingPage(parts, pending, frame([WRONG]));
  return loggedIn(parts, now, { ...(await shownBy(parts, pending)), amr: ['pwd', 'otp', 'mfa'] });
}

export async function enrol(
  parts: LoginRouterParts,
  now: Step,
  frame: (faults: Fault[]) => Frame,
): Promise<PageAnswer> {
  const pending = await pendingOf(parts, now);
  if (pending?.stage !== 'enrol' || pending.secret === undefined) throw new ForeignForm();
  // Whoever knows the password only must not replace a factor that was set up since.
  const account = await accountById(parts, pending.accountId);
  if (hasSecondFactor(account)) throw new ForeignForm();
  const otp = textOf(now.req, 'otp').trim();
  const codes = await parts.factors.enrol(pending.accountId, pending.secret, { code: otp, isFirst: true });
  if (!codes) {
    await parts.logIns.refused(account, 'second-factor-wrong', clientOf(now));
    return pendingPage(parts, pending, frame([WRONG]));
  }
  const { accountId, at, cookies } = pending;
  await keepPending(parts, now, { accountId, at, cookies, stage: 'codes' });
  const { uid, csrf, targets } = frame([]);
  return codesPage({ action: `/login/${uid}/continue`, csrf, targets }, codes);
}

export async function afterCodes(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const pending = await pendingOf(parts, now);
  if (pending?.stage !== 'codes') throw new ForeignForm();
  return loggedIn(parts, now, { ...(await shownBy(parts, pending)), amr: ['pwd', 'otp', 'mfa'] });
}

/** A passkey alone is both factors: the device, and what unlocks it. */
export async function byPasskey(
  parts: LoginRouterParts,
  now: Step,
  again: (faults: Fault[]) => Promise<Page>,
): Promise<PageAnswer> {
  const at = secondsNow();
  const account = await parts.passkeys.check(now.interaction.uid, textOf(now.req, 'credential'));
  const pending = await pendingOf(parts, now);
  const isOther = pending !== undefined && pending.accountId !== account?._id;
  if (!account || account.status === 'disabled' || isOther) {
    await parts.logIns.refused(
      account,
      account?.status === 'disabled' ? 'disabled' : 'passkey-wrong',
      clientOf(now),
    );
    return again([{ message: 'The passkey is not known here' }]);
  }
  const cookies = [parts.logIns.remember(now.req, account)];
  return loggedIn(parts, now, { account, at, cookies, amr: ['hwk', 'user', 'mfa'] });
}
