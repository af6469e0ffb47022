import { Router, TooManyRequests } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import type { Interaction } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import type { LogIns } from '../accounts/log-in.ts';
import { saveGrant } from '../oidc/grants.ts';
import type { OidcParts } from '../oidc/oidc-parts.ts';
import type { InteractionResult } from '../oidc/policy.ts';
import type { Providers } from '../oidc/provider.ts';
import { allowedScopes, parseSmartScope } from '../oidc/smart-scopes.ts';
import { scopesOf } from '../oidc/requested.ts';
import { listOf, textOf } from './forms.ts';
import type { Forms } from './forms.ts';
import type { Frame } from './login-pages.ts';
import { consentPage, logInPage, patientPage } from './login-pages.ts';
import type { Fault, Page } from './layout.ts';
import { ForeignForm, page, parseForm } from './page-route.ts';
import type { PageAnswer } from './page-route.ts';
import { targetsOf } from './provider-pages.ts';

export interface LoginRouterParts {
  readonly oidc: OidcParts;
  readonly providers: Providers;
  readonly forms: Forms;
  readonly logIns: LogIns;
}

interface Step {
  readonly req: Request;
  readonly res: Response;
  readonly interaction: Interaction;
}

/** The pages between an authorization request and its answer: log-in, patient, consent. */
export function loginRouter(parts: LoginRouterParts): Router {
  const router = Router();
  const step = (handle: (step: Step) => Promise<PageAnswer>): ReturnType<typeof page> =>
    page(async (req, res) => handle({ req, res, interaction: await interactionOf(parts, req, res) }));
  const submit = (handle: (step: Step) => Promise<PageAnswer>): ReturnType<typeof page> =>
    step((now) => {
      if (!parts.forms.isGenuine(now.req, now.interaction.uid)) throw new ForeignForm();
      return handle(now);
    });
  router.get(
    '/login/:uid',
    step((now) => show(parts, now)),
  );
  router.post(
    '/login/:uid',
    parseForm,
    submit((now) => logIn(parts, now)),
  );
  router.post(
    '/login/:uid/patient',
    parseForm,
    submit((now) => choosePatient(parts, now)),
  );
  router.post(
    '/login/:uid/consent',
    parseForm,
    submit((now) => consent(parts, now)),
  );
  router.post(
    '/login/:uid/cancel',
    parseForm,
    submit((now) =>
      finish(parts, now, { error: 'access_denied', error_description: 'the user has cancelled' }),
    ),
  );
  return router;
}

/** @throws errors.SessionNotFound when the browser has no such interaction */
async function interactionOf(
  { providers }: LoginRouterParts,
  req: Request,
  res: Response,
): Promise<Interaction> {
  return (await providers.current()).interactionDetails(req, res);
}

async function frameOf(
  parts: LoginRouterParts,
  { req, res, interaction }: Step,
  faults?: Fault[],
): Promise<Frame> {
  const { client_id: clientId, redirect_uri: redirectUri } = interaction.params as Record<string, string>;
  const provider = await parts.providers.current();
  const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
  return {
    uid: interaction.uid,
    csrf: parts.forms.token(req, res, interaction.uid),
    app: client?.clientName ?? client?.clientId ?? 'the app',
    targets: targetsOf(redirectUri),
    ...(faults ? { faults } : {}),
  };
}

async function show(parts: LoginRouterParts, now: Step, faults?: Fault[]): Promise<Page> {
  const frame = await frameOf(parts, now, faults);
  switch (now.interaction.prompt.name) {
    case 'launch': {
      const account = await accountOf(parts, now);
      const choices = await parts.oidc.patients.choices(account);
      return patientPage(frame, choices, account.role !== 'patient');
    }
    case 'consent':
      return consentPage(frame, await scopesAsked(parts, now));
    default: {
      const hint = now.interaction.params['login_hint'];
      return logInPage(frame, typeof hint === 'string' ? { username: hint.slice(0, 254) } : {});
    }
  }
}

async function logIn(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const username = textOf(now.req, 'username');
  const outcome = await parts.logIns.byPassword(now.req, { username, password: textOf(now.req, 'password') });
  if (outcome.kind === 'wrong') {
    const frame = await frameOf(parts, now, [
      { field: 'username', message: 'The e-mail address or the password is wrong' },
    ]);
    return logInPage(frame, { username: username.slice(0, 254) });
  }
  if (outcome.kind === 'limited') throw new TooManyRequests(outcome.seconds);
  for (const cookie of outcome.cookies) now.res.append('set-cookie', cookie);
  return finish(parts, now, { login: { accountId: outcome.account._id, amr: ['pwd'], remember: true } });
}

async function choosePatient(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const account = await accountOf(parts, now);
  const { patients } = parts.oidc;
  const wanted = textOf(now.req, 'patient');
  const choices = await patients.choices(account);
  const chosen =
    choices.find(({ id }) => id === wanted) ??
    (await patients.find(account, textOf(now.req, 'find').trim().slice(0, 200)));
  if (!chosen) return show(parts, now, [{ message: 'Choose a patient' }]);
  return finish(parts, now, { launch: { patient: chosen.id } });
}

async function consent(parts: LoginRouterParts, now: Step): Promise<PageAnswer> {
  const asked = await scopesAsked(parts, now);
  const ticked = new Set(listOf(now.req, 'scope'));
  const scopes = asked.filter((scope) => scope === 'openid' || ticked.has(scope));
  const account = await accountOf(parts, now);
  const result = now.interaction.lastSubmission as InteractionResult | undefined;
  const patient = result?.launch?.patient ?? (await parts.oidc.patients.only(account));
  const grantId = await saveGrant(await parts.providers.current(), parts.oidc, {
    accountId: account._id,
    clientId: String(now.interaction.params['client_id']),
    scopes,
    patient,
    seconds: parts.oidc.grantSeconds(scopes),
  });
  return finish(parts, now, { consent: { grantId } });
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

async function accountOf({ oidc }: LoginRouterParts, { interaction }: Step): Promise<AccountRecord> {
  const result = interaction.lastSubmission as InteractionResult | undefined;
  const id = result?.login?.accountId ?? interaction.session?.accountId;
  const account = id === undefined ? null : await oidc.accounts.findOne({ _id: id });
  if (!account || account.status === 'disabled') throw new ForeignForm();
  return account;
}

async function finish(
  { providers }: LoginRouterParts,
  { req, res }: Step,
  result: Record<string, unknown>,
): Promise<undefined> {
  await (await providers.current()).interactionFinished(req, res, result);
  return undefined;
}
