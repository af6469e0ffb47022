import { Router } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import type { Interaction } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import { saveGrant } from '../oidc/grants.ts';
import type { NamedInteraction } from '../oidc/kept-fields.ts';
import type { InteractionResult } from '../oidc/policy.ts';
import { allowedScopes, parseSmartScope } from '../oidc/smart-scopes.ts';
import { scopesOf } from '../oidc/requested.ts';
import { accountEvent } from '../trail/account-event.ts';
import { listOf, textOf } from './forms.ts';
import type { Frame } from './login-pages.ts';
import { consentPage, logInPage, patientPage } from './login-pages.ts';
import {
  afterCodes,
  afterPassword,
  byPasskey,
  checkOtp,
  enrol,
  newNonce,
  pendingPage,
} from './login-second-factor.ts';
import type { LoginRouterParts, Step } from './login-steps.ts';
import { accountById, clientOf, dropPending, finish, pendingOf, secondsNow, tooMany } from './login-steps.ts';
import type { Fault, Page } from './layout.ts';
import { ForeignForm, page, shortForm } from './page-handler.ts';
import type { PageAnswer } from './page-handler.ts';
import { targetsOf } from './provider-pages.ts';

/** The pages between an authorization request and its answer: log-in, patient, consent. */
export function loginRouter(parts: LoginRouterParts): Router {
  const router = Router();
  const step = (handle: (step: Step) => Promise<PageAnswer>): ReturnType<typeof page> =>
    page(async (req, res) => handle({ req, res, interaction: await interactionOf(parts, req, res) }));
  const submit = (path: string, handle: (step: Step) => Promise<PageAnswer>): ReturnType<typeof page> =>
    step(async (now) => {
      const { uid, prompt } = now.interaction;
      if (!parts.forms.isGenuine(now.req, uid)) throw new ForeignForm();
      // What is not asked for now is no answer: nobody consents, or chooses a patient, before or for another log-in.
      const isAsked = path === '/cancel' || (PROMPT_OF[path] ?? 'login') === prompt.name;
      return isAsked ? handle(now) : { location: `/login/${uid}` };
    });
  const again = (now: Step) => (faults: Fault[]) => show(parts, now, faults);
  const frame = (now: Step) => (faults: Fault[]) => frameOf(parts, now, faults);
  const steps: Record<string, (now: Step) => Promise<PageAnswer>> = {
    '': (now) => logIn(parts, now),
    '/otp': (now) => checkOtp(parts, now, frame(now)),
    '/enrol': (now) => enrol(parts, now, frame(now)),
    '/continue': (now) => afterCodes(parts, now),
    '/passkey': (now) => byPasskey(parts, now, again(now)),
    '/restart': (now) => restart(parts, now),
    '/patient': (now) => choosePatient(parts, now),
    '/consent': (now) => consent(parts, now),
    '/cancel': (now) => finish(now, { error: 'access_denied', error_description: 'the user has cancelled' }),
  };
  router.get(
    '/login/:uid',
    step((now) => show(parts, now)),
  );
  for (const [path, handle] of Object.entries(steps))
    router.post(`/login/:uid${path}`, shortForm, submit(path, handle));
  return router;
}

/** The prompt that a form answers; the others belong to the log-in. */
const PROMPT_OF: Readonly<Record<string, string>> = { '/patient': 'launch', '/consent': 'consent' };

/** @throws errors.SessionNotFound when the browser has no such interaction */
async function interactionOf(
  { providers }: LoginRouterParts,
  req: Request,
  res: Response,
): Promise<Interaction> {
  return (await providers.current()).interactionDetails(req, res);
}

function frameOf(parts: LoginRouterParts, { req, res, interaction }: Step, faults?: Fault[]): Frame {
  const { redirect_uri: redirectUri } = interaction.params as Record<string, string>;
  const { app = 'the app' } = interaction as NamedInteraction;
  return {
    uid: interaction.uid,
    csrf: parts.forms.token(req, res, interaction.uid),
    app,
    targets: targetsOf(redirectUri),
    ...(faults ? { faults } : {}),
  };
}

async function show(parts: LoginRouterParts, now: Step, faults?: Fault[]): Promise<Page> {
  const frame = frameOf(parts, now, faults);
  switch (now.interaction.prompt.name) {
    case 'launch': {
      const account = await accountOf(parts, now);
      const choices = await parts.oidc.patients.choices(account);
      return patientPage(frame, choices, account.role !== 'patient');
    }
    case 'consent':
      return consentPage(frame, await scopesAsked(parts, now));
    default: {
      const pending = await pendingOf(parts, now);
      if (pending) return pendingPage(parts, pending, frame);
      const hint = now.interaction.params['login_hint'];
      return logInForm(parts, frame, typeof hint === 'string' ? hint : '');
    }
  }
}

/** The log-in page, with a way in by passkey for browsers that have one. */
async function logInForm(parts: LoginRouterParts, frame: Frame, username: string): Promise<Page> {
  const { uid } = frame;
  const shown = username.slice(0, 254);
  if (!parts.passkeys.isPossible) return logInPage(frame, { username: shown });
  const passkey = {
    action: `/login/${uid}/passkey`,
    kind: 'get' as const,
    label: 'Log in with a passkey',
    nonce: newNonce(),
    options: await parts.passkeys.ask(uid),
  };
  return logInPage(frame, { username: shown, passkey });
}

async function restart(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  await dropPending(parts, now);
  return { location: `/login/${now.interaction.uid}` };
}

async function logIn(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const username = textOf(now.req, 'username');
  const at = secondsNow();
  const outcome = await parts.logIns.byPassword(now.req, {
    username,
    password: textOf(now.req, 'password'),
    client: clientOf(now),
  });
  if (outcome.kind === 'limited') tooMany(outcome.seconds);
  if (outcome.kind === 'wrong') return logInForm(parts, frameOf(parts, now, [WRONG]), username);
  return afterPassword(parts, now, { ...outcome, at, frame: () => frameOf(parts, now, []) });
}

const WRONG: Fault = { field: 'username', message: 'The e-mail address or the password is wrong' };

async function choosePatient(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const account = await accountOf(parts, now);
  const { patients } = parts.oidc;
  const wanted = textOf(now.req, 'patient');
  const choices = await patients.choices(account);
  const chosen =
    choices.find(({ id }) => id === wanted) ??
    (await patients.find(account, textOf(now.req, 'find').trim().slice(0, 200)));
  if (!chosen) return show(parts, now, [{ message: 'Choose a patient' }]);
  return finish(now, { launch: { patient: chosen.id } });
}

async function consent(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const asked = await scopesAsked(parts, now);
  const ticked = new Set(listOf(now.req, 'scope'));
  const scopes = asked.filter((scope) => scope === 'openid' || ticked.has(scope));
  const account = await accountOf(parts, now);
  const result = now.interaction.lastSubmission as InteractionResult | undefined;
  const patient = result?.launch?.patient ?? (await parts.oidc.patients.only(account));
  const client = clientOf(now);
  await parts.audit.record([{ ...accountEvent('scopes-granted', account, { client }), scopes }]);
  const { id: grantId } = await saveGrant(await parts.providers.current(), parts.oidc, {
    accountId: account._id,
    clientId: client ?? '',
    scopes,
    patient,
    seconds: parts.oidc.grantSeconds(scopes),
  });
  await parts.notices.tell(account, 'app-allowed');
  return finish(now, { consent: { grantId } });
}

/** The scopes that the app may have, of those it asks for. */
async function scopesAsked({ providers }: LoginRouterParts, { interaction }: Step): Promise<string[]> {
  const { client_id: clientId, scope = '' } = interaction.params as Record<string, string>;
  const provider = await providers.current();
  const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
  return allowedScopes(scope.split(' '), scopesOf(client)).filter(
    (text) => parseSmartScope(text)?.context !== 'system',
  );
}

async function accountOf(parts: LoginRouterParts, { interaction }: Step): Promise<AccountRecord> {
  const result = interaction.lastSubmission as InteractionResult | undefined;
  return accountById(parts, result?.login?.accountId ?? interaction.session?.accountId);
}
