import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Browser } from './browser.ts';
import type { View } from './browser.ts';
import { ADMIN_CLIENT_SECRET, startGround } from './clinic.ts';
import type { Ground } from './clinic.ts';
import { noEntrance, openEntrance } from './entrance.ts';
import type { Entrance } from './entrance.ts';

export const PASSWORD = 'a quiet otter in the harbour';
export const CALLBACK = 'https://app.example/callback';

/** Identity on its engines, with an entrance by TLS in front. */
export interface OidcGround {
  readonly ground: Ground;
  readonly entrance: Entrance;
  readonly running: Awaited<ReturnType<Ground['start']>>;
  /** A token of `careplane-admin`. */
  adminToken(): Promise<string>;
  /** A JSON request with a token. */
  call(line: string, options?: { token?: string; body?: unknown }): Promise<JsonAnswer>;
  /** A form request, as apps make. */
  form(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<JsonAnswer>;
  stop(): Promise<void>;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: Record<string, unknown>;
}

/** Starts it all. */
export async function startOidc(
  env: Record<string, string> = {},
  { isPlain = false }: { isPlain?: boolean } = {},
): Promise<OidcGround> {
  const [ground, entrance] = await Promise.all([startGround(), isPlain ? noEntrance() : openEntrance()]);
  const port = isPlain ? { PORT: new URL(entrance.url).port } : {};
  const running = await ground.start({ PUBLIC_URL: entrance.url, HASH_WAIT_MS: '13000', ...port, ...env });
  entrance.lead(running.url);
  const send = async (path: string, init: Parameters<Entrance['fetch']>[1]): Promise<JsonAnswer> => {
    const response = await entrance.fetch(`${entrance.url}${path}`, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : { text };
    return { status: response.status, headers: response.headers, body };
  };
  const form: OidcGround['form'] = (path, fields, headers = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  return {
    ground,
    entrance,
    running,
    form,
    async adminToken(): Promise<string> {
      const basic = Buffer.from(`careplane-admin:${ADMIN_CLIENT_SECRET}`).toString('base64');
      const fields = { grant_type: 'client_credentials' };
      const { body } = await form('/oauth2/token', fields, { authorization: `Basic ${basic}` });
      if (typeof body['access_token'] !== 'string') throw new Error(`no token: ${JSON.stringify(body)}`);
      return body['access_token'];
    },
    call(line, { token, body } = {}) {
      const [method = 'GET', path = '/'] = line.split(' ');
      return send(path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async stop(): Promise<void> {
      await running.stop();
      await entrance.close();
      await ground.stop();
    },
  };
}

/** Registers an app. @returns its id, and its secret if it has one */
export async function addApp(
  clinic: OidcGround,
  app: Record<string, unknown> = {},
): Promise<{ clientId: string; clientSecret?: string }> {
  const body = {
    name: 'Test app',
    type: 'public',
    redirectUris: [CALLBACK],
    scopes: [
      'openid',
      'fhirUser',
      'launch/patient',
      'offline_access',
      'online_access',
      'patient/*.cruds',
      'user/*.cruds',
    ],
    firstParty: true,
    ...app,
  };
  const answer = await clinic.call('POST /admin/apps', { token: await clinic.adminToken(), body });
  if (answer.status !== 201) throw new Error(`no app: ${JSON.stringify(answer.body)}`);
  return answer.body as { clientId: string; clientSecret?: string };
}

/** Registers a patient over FHIR. @returns `Patient/<id>`, for an account */
export async function addPatient(clinic: OidcGround): Promise<string> {
  const body = { resourceType: 'Patient', name: [{ family: 'Heron', given: ['Ada'] }] };
  const answer = await clinic.call('POST /fhir/R4/Patient', { token: await clinic.adminToken(), body });
  if (answer.status !== 201) throw new Error(`no patient: ${JSON.stringify(answer.body)}`);
  return `Patient/${answer.body['id'] as string}`;
}

export interface TestAccount {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly person: string;
}

/** Makes an account, by default of a patient. */
export async function addAccount(
  clinic: OidcGround,
  over: { role?: string; person?: string; password?: string } = {},
): Promise<TestAccount> {
  const { role = 'patient', person = `Patient/${randomUUID()}`, password = PASSWORD } = over;
  const email = `${randomUUID()}@mail.example`;
  const body = { email, role, password, ...(person === '' ? {} : { person }) };
  const answer = await clinic.call('POST /admin/accounts', { token: await clinic.adminToken(), body });
  if (answer.status !== 201) throw new Error(`no account: ${JSON.stringify(answer.body)}`);
  return { id: answer.body['id'] as string, email, password, person };
}

/** An authorization request with PKCE. */
export interface Request {
  readonly url: string;
  readonly verifier: string;
  readonly clientId: string;
  readonly state: string;
}

export function authorizationRequest(
  clinic: OidcGround,
  clientId: string,
  params: Record<string, string | undefined> = {},
): Request {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomUUID();
  const all: Record<string, string | undefined> = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    state,
    nonce: randomUUID(),
    aud: `${clinic.entrance.url}/fhir/R4`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...params,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) query.set(name, value);
  return { url: `${clinic.entrance.url}/oauth2/authorize?${query.toString()}`, verifier, clientId, state };
}

/** Opens the request, fills in the log-in form. @returns what the browser shows then */
export async function logInBy(
  browser: Browser,
  request: Request,
  account: Pick<TestAccount, 'email' | 'password'>,
): Promise<View> {
  const view = await browser.get(request.url);
  return browser.submit(view, { username: account.email, password: account.password });
}

/** Whether a browser that was never seen before logs in by the password. */
export async function letsIn(
  clinic: OidcGround,
  clientId: string,
  account: Pick<TestAccount, 'email' | 'password'>,
): Promise<boolean> {
  const request = authorizationRequest(clinic, clientId);
  const { left } = await logInBy(new Browser(clinic.entrance), request, account);
  return left?.searchParams.has('code') === true;
}

/** Exchanges the code with which the browser has left. */
export function exchange(
  clinic: OidcGround,
  request: Request,
  left: URL | undefined,
  over: Record<string, string> = {},
): Promise<JsonAnswer> {
  return clinic.form('/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: request.clientId,
    code: left?.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: request.verifier,
    ...over,
  });
}

/** The whole way of somebody who logs in to an app of the clinic. */
export async function logInToApp(
  clinic: OidcGround,
  clientId: string,
  account: Pick<TestAccount, 'email' | 'password'>,
  params: Record<string, string | undefined> = {},
): Promise<{ browser: Browser; tokens: Record<string, unknown>; request: Request }> {
  const browser = new Browser(clinic.entrance);
  const request = authorizationRequest(clinic, clientId, params);
  const view = await logInBy(browser, request, account);
  const { status, body } = await exchange(clinic, request, view.left);
  if (status !== 200)
    throw new Error(`no tokens: ${JSON.stringify(body)} at ${view.url}: ${view.text.slice(0, 800)}`);
  return { browser, tokens: body, request };
}
