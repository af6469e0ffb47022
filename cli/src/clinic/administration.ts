import { Agent, request } from 'undici';
import { Failure } from '../failure.ts';
import type { Entrance } from './entrance.ts';

/** An app as the clinic answers it (docs/concepts/contracts.md, Apps). */
export interface RegisteredApp {
  readonly clientId: string;
  readonly name: string;
  readonly type: 'public' | 'confidential' | 'backend';
  readonly redirectUris?: readonly string[];
  readonly scopes: readonly string[];
  /** Codes of v3-ActReason for which it may use data. */
  readonly purposes?: readonly string[];
  readonly firstParty?: boolean;
  /** Of an app that authenticates by a secret, in the answer to its registration only. */
  readonly clientSecret?: string;
}

/** What an app is registered with. */
export type AppWish = Omit<RegisteredApp, 'clientId' | 'clientSecret'> & {
  readonly clientId?: string;
  readonly jwks?: object;
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** The client whose secret is in the cluster: whoever may read that is an administrator. */
const CLIENT_ID = 'careplane-admin';
const TIMEOUT_MS = 15_000;

/** The administration of a clinic, through its gateway. */
export class Administration {
  readonly #entrance: Entrance;
  readonly #agent: Agent;
  #token: string | undefined;

  constructor(entrance: Entrance) {
    this.#entrance = entrance;
    this.#agent = new Agent({
      connect: { ca: [...entrance.authorities], timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  async apps(): Promise<readonly RegisteredApp[]> {
    const { body } = await this.#send({ method: 'GET', path: '/admin/apps' }, [200]);
    return (body as { items: readonly RegisteredApp[] }).items;
  }

  /** @throws Failure when the client id is taken, or the clinic refuses a field */
  async addApp(wish: AppWish): Promise<RegisteredApp> {
    const { status, body } = await this.#send(
      { method: 'POST', path: '/admin/apps', body: wish },
      [201, 409],
    );
    if (status === 409)
      throw new Failure(
        `there is an app ${wish.clientId ?? ''} already: choose another --client-id, or remove it first (careplane app remove)`,
      );
    return body as RegisteredApp;
  }

  /** Whether there was one. */
  async removeApp(clientId: string): Promise<boolean> {
    const path = `/admin/apps/${encodeURIComponent(clientId)}`;
    return (await this.#send({ method: 'DELETE', path }, [204, 404])).status === 204;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #send({ method, path, body }: Call, expected: readonly number[]): Promise<Answer> {
    this.#token ??= await this.#login();
    const answer = await this.#ask(path, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (expected.includes(answer.status)) return answer;
    throw new Failure(
      `the clinic answers ${String(answer.status)} to ${method} ${path}${reasonOf(answer.body)}`,
    );
  }

  /** OAuth's client credentials; id and secret are form-encoded (RFC 6749, 2.3.1). */
  async #login(): Promise<string> {
    const pair = `${CLIENT_ID}:${new URLSearchParams({ s: this.#entrance.secret }).toString().slice(2)}`;
    const { status, body } = await this.#ask('/oauth2/token', {
      method: 'POST',
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    if (status === 200) return (body as { access_token: string }).access_token;
    if (status === 401)
      throw new Failure(
        `${this.#entrance.url} does not take the secret of this cluster's clinic: is it the same clinic? Name its address with --url`,
      );
    throw new Failure(`the clinic answers ${String(status)} to the log-in of ${CLIENT_ID}${reasonOf(body)}`);
  }

  async #ask(
    path: string,
    options: { method: Call['method']; headers: Record<string, string>; body?: string },
  ): Promise<Answer> {
    const { url } = this.#entrance;
    try {
      const answer = await request(`${url}${path}`, { dispatcher: this.#agent, ...options });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: parsed(text) };
    } catch (error) {
      if (!Error.isError(error)) throw error;
      throw new Failure(unreachable(url, error));
    }
  }
}

/** What stands in front of a clinic answers no JSON. */
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, error: Error): string {
  const { code = error.name } = error as NodeJS.ErrnoException;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return `the certificate of ${url} is not trusted (${code}): name the file of its authority with --ca`;
  return `${url} does not answer (${code}): name the address at which the gateway is reached from here with --url`;
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly error_description?: string;
}

/** What a problem (RFC 9457) says, or an error of OAuth; its fields are what to change. */
function reasonOf(body: unknown): string {
  const { title, detail, errors = [], error_description: description }: Problem = body ?? {};
  const fields = errors.map(({ path, message }) => `${path.replace(/^body\./, '')} ${message}`);
  const text = [detail ?? description ?? title, ...fields].filter((part) => part !== undefined).join('; ');
  return text === '' ? '' : `: ${text}`;
}
