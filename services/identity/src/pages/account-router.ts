import { Router, TooManyRequests } from '@careplane/kit';
import type { AuditTrail } from '@careplane/kit';
import { z } from 'zod';
import { accessesLink, accessesRouter } from '../accesses/router.ts';
import type { AccessesRouterParts } from '../accesses/router.ts';
import { ADMIN } from '../accounts/admin-account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Changes } from '../accounts/changes.ts';
import type { LogIns } from '../accounts/log-in.ts';
import type { MailLimits } from '../accounts/mail-limits.ts';
import type { Sessions } from '../oidc/sessions.ts';
import { accountEvent } from '../trail/account-event.ts';
import {
  CURRENT_PASSWORD,
  formPage,
  NEW_PASSWORD,
  overviewPage,
  sessionsPage,
  textPage,
} from './account-pages.ts';
import type { BrowserSessions } from './browser-session.ts';
import { textOf } from './forms.ts';
import type { Forms } from './forms.ts';
import type { Fault, Page } from './layout.ts';
import type { PageAnswer } from './page-handler.ts';
import { visits } from './visits.ts';
import type { Visit } from './visits.ts';

export interface AccountRouterParts {
  readonly forms: Forms;
  readonly browsers: BrowserSessions;
  readonly accounts: Accounts;
  readonly logIns: LogIns;
  readonly sessions: Sessions;
  readonly changes: Changes;
  readonly mailLimits: MailLimits;
  readonly audit: AuditTrail;
  readonly accesses: AccessesRouterParts;
}

/** Pages for who is logged in: sessions, password, address, end of the account. */
export function accountRouter(parts: AccountRouterParts): Router {
  const { sessions, accesses } = parts;
  const visiting = visits(parts);
  const { show, submit } = visiting;
  const router = Router();
  router.use(accessesRouter(accesses, visiting));
  router.get(
    '/account',
    show(({ session }) => overviewPage(session.account, accessesLink(accesses, session.account))),
  );
  router.get('/account/callback', (_req, res) => {
    res.set('cache-control', 'no-store').redirect(303, '/account');
  });
  router.get(
    '/account/sessions',
    show(async ({ session, csrf }) =>
      sessionsPage(csrf, await sessions.list(session.account._id), session.uid),
    ),
  );
  router.post('/account/sessions', ...submit((visit) => endSessions(parts, visit)));
  router.get(
    '/account/password',
    show(({ csrf }) => passwordPage(csrf, [])),
  );
  router.post('/account/password', ...submit((visit) => changePassword(parts, visit)));
  router.get(
    '/account/address',
    show(({ csrf }) => addressPage(csrf, [])),
  );
  router.post('/account/address', ...submit((visit) => changeAddress(parts, visit)));
  router.get(
    '/account/delete',
    show(({ csrf }) => deletePage(csrf, [])),
  );
  router.post('/account/delete', ...submit((visit) => remove(parts, visit)));
  return router;
}

/** One session of the visitor's own, or all with all tokens. */
async function endSessions(
  { sessions, audit }: AccountRouterParts,
  { req, session }: Visit,
): Promise<PageAnswer> {
  const { account } = session;
  const chosen = textOf(req, 'session');
  if (chosen === 'all') {
    await audit.record([accountEvent('sessions-ended', account)]);
    await sessions.endAll(account._id);
  } else if ((await sessions.list(account._id)).some(({ uid }) => uid === chosen)) {
    const also = [{ type: 'session', id: chosen }];
    await audit.record([accountEvent('session-ended', account, { also })]);
    await sessions.end(chosen, account._id);
  }
  return { location: '/account/sessions' };
}

/** What is wrong with the current password that a form carries; the administrator of the Secret changes nothing here. */
export async function confirmFaults(
  { logIns }: Pick<AccountRouterParts, 'logIns'>,
  { req, session }: Visit,
): Promise<Fault[]> {
  if (session.account._id === ADMIN)
    return [{ message: 'This account is managed by the Secret identity-keys' }];
  const outcome = await logIns.confirm(req, session.account, textOf(req, 'current'));
  if (outcome === 'right') return [];
  const message =
    outcome === 'wrong' ? 'The current password is wrong' : 'Too many attempts. Wait five minutes';
  return [{ field: 'current', message }];
}

async function changePassword(parts: AccountRouterParts, visit: Visit): Promise<PageAnswer> {
  const { req, session, csrf } = visit;
  const password = textOf(req, 'password');
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return passwordPage(csrf, faults);
  const message = await parts.changes.passwordFault(session.account, password);
  if (message !== undefined) return passwordPage(csrf, [{ field: 'password', message }]);
  await parts.changes.setPassword(session.account, password);
  return textPage(
    'Your password has changed',
    'You are logged out everywhere. Log in with the new password.',
    {
      href: '/account',
      label: 'Log in',
    },
  );
}

async function changeAddress(parts: AccountRouterParts, visit: Visit): Promise<PageAnswer> {
  const { req, session, csrf } = visit;
  const email = textOf(req, 'email').trim();
  if (!z.email().max(254).safeParse(email).success)
    return addressPage(csrf, [{ field: 'email', message: 'Enter an e-mail address' }]);
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return addressPage(csrf, faults);
  const allowed = await parts.mailLimits.take('address', { email, address: req.ip ?? 'unknown' });
  if (allowed === 'network') throw new TooManyRequests(600);
  if (allowed === 'ok') await parts.changes.askForAddress(session.account, email);
  return textPage(
    'Look into the mail of the new address',
    'The link in it makes the address yours. Until then you log in with the old one.',
  );
}

async function remove(parts: AccountRouterParts, visit: Visit): Promise<PageAnswer> {
  const faults = await confirmFaults(parts, visit);
  if (faults.length > 0) return deletePage(visit.csrf, faults);
  await parts.changes.remove(visit.session.account._id);
  return textPage(
    'Your account is deleted',
    'Your medical record stays with the clinic, as the law demands.',
  );
}

function passwordPage(csrf: string, faults: Fault[]): Page {
  return formPage({
    title: 'Change the password',
    action: '/account/password',
    csrf,
    button: 'Change the password',
    faults,
    intro: 'You are logged out everywhere then, and apps lose their access.',
    fields: [CURRENT_PASSWORD, NEW_PASSWORD],
  });
}

function addressPage(csrf: string, faults: Fault[]): Page {
  return formPage({
    title: 'Change the e-mail address',
    action: '/account/address',
    csrf,
    button: 'Change the address',
    faults,
    fields: [
      { name: 'email', label: 'New e-mail address', type: 'email', autocomplete: 'email' },
      CURRENT_PASSWORD,
    ],
  });
}

function deletePage(csrf: string, faults: Fault[]): Page {
  return formPage({
    title: 'Delete the account',
    action: '/account/delete',
    csrf,
    button: 'Delete my account',
    faults,
    intro: 'You can no longer log in then. Your medical record stays with the clinic, as the law demands.',
    fields: [CURRENT_PASSWORD],
  });
}
