import { setTimeout as delay } from 'node:timers/promises';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client';
import type { Configuration } from 'openid-client';
import type { Connection } from '../client/connection.ts';
import { audienceOf } from './app.ts';
import { Browser } from './browser.ts';
import type { Page } from './browser.ts';
import { alertsIn, headingOf } from './form.ts';
import { answerPage } from './pages.ts';
import type { Credentials } from './pages.ts';
import { RenewedSession } from './session.ts';
import type { Tokens } from './session.ts';

/** An app in which somebody logs in. */
export interface Entry {
  readonly app: Configuration;
  readonly redirectUri: string;
  /** As in OAuth: words with spaces between. */
  readonly scope: string;
}

/** The pages did not let somebody in. */
export class LogInRefused extends Error {
  override readonly name = 'LogInRefused';
}

/** The flow broke off, and somebody who begins anew may get in: an overload in the middle, or a step that was made twice. */
class FlowBroken extends LogInRefused {}

const MOST_PAGES = 8;
const FLOWS = 3;
const PAUSE_MS = 1_000;
/** What identity says of a step that it does not know any more, as one that was answered 503 and is repeated. */
const UNKNOWN_STEP = 'This request cannot be answered';

/** Goes through the clinic's pages as a user does, until they send the browser back to the app. */
async function passPages(browser: Browser, start: URL, credentials: Credentials): Promise<URL> {
  let view = await browser.open(start);
  const seen = new Set<string>();
  for (let count = 0; count < MOST_PAGES; count += 1) {
    if ('left' in view) return view.left;
    const answer = answerPage(view, credentials);
    if (isBroken(view)) throw new FlowBroken(whyRefused(view));
    if (answer === undefined || seen.has(answer.kind)) throw new LogInRefused(whyRefused(view));
    seen.add(answer.kind);
    view = await browser.send(answer.form, answer.entries, answer.button);
  }
  throw new LogInRefused('the pages of the log-in do not end');
}

function isBroken({ status, html }: Page): boolean {
  return status >= 500 || (status === 400 && headingOf(html) === UNKNOWN_STEP);
}

function whyRefused({ url, status, html }: Page): string {
  const said = alertsIn(html) || headingOf(html);
  return `the page ${url.pathname} (${status}) lets nobody in: ${said}`;
}

/** One flow from its beginning, with a state, a nonce and a browser of its own. */
async function flow(
  { url, fetch }: Pick<Connection, 'url' | 'fetch'>,
  { app, redirectUri, scope }: Entry,
  credentials: Credentials,
): Promise<Tokens> {
  const pkceCodeVerifier = randomPKCECodeVerifier();
  const expectedState = randomState();
  const expectedNonce = randomNonce();
  const start = buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope,
    aud: audienceOf(url),
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const back = await passPages(new Browser(fetch, url), start, credentials);
  return authorizationCodeGrant(app, back, { pkceCodeVerifier, expectedState, expectedNonce });
}

/**
 * Logs somebody in by authorization code with PKCE; a flow that breaks off under load is begun anew, as a user would.
 * @returns the answer of the token endpoint
 * @throws LogInRefused
 */
export async function authorize(
  connection: Pick<Connection, 'url' | 'fetch'>,
  entry: Entry,
  credentials: Credentials,
): Promise<Tokens> {
  for (let count = 1; ; count += 1) {
    try {
      return await flow(connection, entry, credentials);
    } catch (error) {
      if (!(error instanceof FlowBroken) || count === FLOWS) throw error;
      await delay(PAUSE_MS * (0.75 + Math.random() / 2));
    }
  }
}

/** The id in a reference such as the claim `fhirUser` has it, absolute or relative. */
function idIn(reference: unknown): string {
  const id = typeof reference === 'string' ? /([^/]+)$/.exec(reference)?.[1] : undefined;
  if (id === undefined) throw new Error('the ID token names no FHIR resource of the user (fhirUser)');
  return id;
}

/** Logs somebody in; their session renews itself with refresh tokens. @throws LogInRefused */
export async function logIn(
  connection: Pick<Connection, 'url' | 'fetch'>,
  entry: Entry,
  credentials: Credentials,
): Promise<RenewedSession> {
  const tokens = await authorize(connection, entry, credentials);
  return new RenewedSession(idIn(tokens.claims()?.['fhirUser']), tokens, (last) =>
    refreshTokenGrant(entry.app, last.refresh_token ?? ''),
  );
}
