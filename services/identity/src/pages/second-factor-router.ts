import { Router } from '@careplane/kit';
import { needsSecondFactor } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import type { Moments } from '../second-factors/moments.ts';
import type { Passkeys } from '../second-factors/passkeys.ts';
import { hasSecondFactor } from '../second-factors/second-factors.ts';
import type { SecondFactors } from '../second-factors/second-factors.ts';
import { totpUri } from '../second-factors/totp.ts';
import { CURRENT_PASSWORD } from './account-pages.ts';
import { confirmFaults } from './account-router.ts';
import type { AccountRouterParts } from './account-router.ts';
import { textOf } from './forms.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField, errorSummary, field } from './layout.ts';
import type { Fault, Page } from './layout.ts';
import { newNonce } from './login-second-factor.ts';
import type { PageAnswer } from './page-handler.ts';
import { qrSvg } from './qr.ts';
import { codesPage, enrolPage, passkeyForm } from './second-factor-pages.ts';
import { visits } from './visits.ts';
import type { Visit } from './visits.ts';

export type SecondFactorRouterParts = Omit<AccountRouterParts, 'accesses'> & {
  readonly factors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly moments: Moments;
};

const PATH = '/account/second-factor';

/** Pages for the second step of one's own log-in. */
export function secondFactorRouter(parts: SecondFactorRouterParts): Router {
  const { show, submit } = visits(parts);
  const router = Router();
  router.get(
    PATH,
    show((visit) => overview(parts, visit, [])),
  );
  router.post(`${PATH}/app`, ...submit((visit) => begin(parts, visit)));
  router.post(`${PATH}/app/confirm`, ...submit((visit) => enrol(parts, visit)));
  router.post(`${PATH}/codes`, ...submit((visit) => newCodes(parts, visit)));
  router.post(`${PATH}/done`, ...submit(() => ({ location: PATH })));
  router.post(`${PATH}/off`, ...submit((visit) => turnOff(parts, visit)));
  router.post(`${PATH}/passkeys`, ...submit((visit) => addPasskey(parts, visit)));
  router.post(`${PATH}/passkeys/remove`, ...submit((visit) => removePasskey(parts, visit)));
  return router;
}

/** With the current password only: an open browser must not let anybody take the account over. */
async function begin(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return overview(parts, visit, faults);
  const secret = parts.factors.newSecret();
  await parts.moments.save(momentOf(visit), { secret }, 600);
  return setUpPage(visit, secret, []);
}

async function enrol(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const moment = (await parts.moments.take(momentOf(visit))) as { secret: string } | undefined;
  if (!moment) return { location: PATH };
  const { account } = visit.session;
  const code = textOf(visit.req, 'otp').trim();
  const codes = await parts.factors.enrol(account._id, moment.secret, { code, isFirst: false });
  if (!codes) {
    await parts.moments.save(momentOf(visit), moment, 600);
    return setUpPage(visit, moment.secret, [{ field: 'otp', message: 'The code is wrong' }]);
  }
  return codesPage({ action: `${PATH}/done`, csrf: visit.csrf }, codes);
}

async function newCodes(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return overview(parts, visit, faults);
  const codes = await parts.factors.newCodes(visit.session.account._id);
  return codesPage({ action: `${PATH}/done`, csrf: visit.csrf }, codes);
}

async function turnOff(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return overview(parts, visit, faults);
  const { account } = visit.session;
  if (needsSecondFactor(account))
    return overview(parts, visit, [
      { message: 'Your role needs a second step: it can be replaced, not left out' },
    ]);
  await parts.factors.remove(account._id);
  return { location: PATH };
}

async function addPasskey(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const { req, session } = visit;
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return overview(parts, visit, faults);
  const json = textOf(req, 'credential');
  const label = textOf(req, 'label').trim().slice(0, 50) || 'Passkey';
  const outcome = await parts.passkeys.add(keyOf(visit), session.account, { json, label });
  if (outcome !== 'added') return overview(parts, visit, [{ message: NOT_ADDED[outcome] }]);
  return { location: PATH };
}

const NOT_ADDED = {
  refused: 'The passkey could not be added. Try again',
  taken: 'This passkey is registered with an account already. Use another one',
} as const;

async function removePasskey(parts: SecondFactorRouterParts, visit: Visit): Promise<PageAnswer> {
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return overview(parts, visit, faults);
  await parts.factors.removePasskey(visit.session.account._id, textOf(visit.req, 'passkey'));
  return { location: PATH };
}

function setUpPage({ csrf }: Visit, secret: string, faults: Fault[]): Page {
  return enrolPage(
    { action: `${PATH}/app/confirm`, csrf, faults },
    {
      secret,
      qr: qrSvg(totpUri(secret, 'log-in')),
      why: 'From then on you enter a code after your password.',
    },
  );
}

async function overview(parts: SecondFactorRouterParts, visit: Visit, faults: Fault[]): Promise<Page> {
  const { csrf, session } = visit;
  const account = (await parts.accounts.records.findOne({ _id: session.account._id })) ?? session.account;
  const options = await parts.passkeys.askForNew(keyOf(visit), account, 'Careplane');
  const nonce = newNonce();
  const action = `${PATH}/passkeys`;
  const mayLeaveOut = hasSecondFactor(account) && !needsSecondFactor(account);
  return {
    status: faults.length > 0 ? 400 : 200,
    title: 'Second step of the log-in',
    nonce,
    body: html`${errorSummary(faults)} ${appPart(account, csrf)}
      <h2>Passkeys</h2>
      ${passkeyList(account, csrf)}
      ${
        parts.passkeys.isPossible &&
        passkeyForm(
          { action, kind: 'create', options, nonce, label: 'Add a passkey', withPassword: true },
          csrf,
        )
      }
      ${
        mayLeaveOut &&
        html`<h2>Without a second step</h2>
          ${confirmForm(csrf, { path: '/off', button: 'Turn the second step off' })}`
      }
      <p><a href="/account">Your account</a></p>`,
  };
}

function appPart({ secondFactor }: AccountRecord, csrf: string): Html {
  const { totp, recovery = [] } = secondFactor ?? {};
  const state = totp ? `Set up. ${String(recovery.length)} recovery codes are left.` : 'Not set up.';
  return html`<h2>Authenticator app</h2>
    <p>${state}</p>
    ${confirmForm(csrf, { path: '/app', button: totp ? 'Set up another app' : 'Set up an app' })}
    ${totp && confirmForm(csrf, { path: '/codes', button: 'Make new recovery codes' })}`;
}

/** A form that asks for the current password and does one thing. */
function confirmForm(csrf: string, { path, button }: { path: string; button: string }): Html {
  return html`<form method="post" action="${PATH}${path}">
    ${csrfField(csrf)} ${currentPassword(path.slice(1))}
    <div class="buttons"><button type="submit">${button}</button></div>
  </form>`;
}

function passkeyList(account: AccountRecord, csrf: string): Html {
  const passkeys = account.secondFactor?.passkeys ?? [];
  if (passkeys.length === 0) return html`<p>None yet. Adding one needs a browser that can, with script.</p>`;
  return html`<ul>
    ${passkeys.map(
      ({ id, label, createdAt }, index) =>
        html`<li>
          ${label}, since ${createdAt.toISOString().slice(0, 10)}
          <form method="post" action="${PATH}/passkeys/remove">
            ${csrfField(csrf)}<input type="hidden" name="passkey" value="${id}" />
            ${currentPassword(`passkey-${String(index)}`)}
            <button type="submit" class="second">Remove ${label}</button>
          </form>
        </li>`,
    )}
  </ul>`;
}

/** The same field in several forms: each with an id of its own. */
function currentPassword(id: string): Html {
  return field({ ...CURRENT_PASSWORD, id: `current-${id}` });
}

function momentOf({ session }: Visit): string {
  return `enrol:${session.uid}`;
}

function keyOf({ session }: Visit): string {
  return `account:${session.uid}`;
}
