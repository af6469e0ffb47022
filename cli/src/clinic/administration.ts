import { Failure } from '../failure.ts';
import type { Entrance } from './entrance.ts';
import { Gateway, refused } from './gateway.ts';
import type { GatewayAnswer, GatewayCall } from './gateway.ts';

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

interface Call extends Pick<GatewayCall, 'method' | 'path'> {
  readonly body?: object;
}

/** The client whose secret is in the cluster: whoever may read that is an administrator. */
const CLIENT_ID = 'careplane-admin';

/** The administration of a clinic, through its gateway. */
export class Administration {
  readonly #entrance: Entrance;
  readonly #gateway: Gateway;
  #token: string | undefined;

  constructor(entrance: Entrance) {
    this.#entrance = entrance;
    this.#gateway = new Gateway(entrance);
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
    return this.#gateway.close();
  }

  async #send({ method, path, body }: Call, expected: readonly number[]): Promise<GatewayAnswer> {
    this.#token ??= await this.#login();
    const answer = await this.#gateway.ask({
      path,
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (expected.includes(answer.status)) return answer;
    throw refused(answer.status, `${method} ${path}`, answer.body);
  }

  /** OAuth's client credentials; id and secret are form-encoded (RFC 6749, 2.3.1). */
  async #login(): Promise<string> {
    const pair = `${CLIENT_ID}:${new URLSearchParams({ s: this.#entrance.secret }).toString().slice(2)}`;
    const { status, body } = await this.#gateway.ask({
      path: '/oauth2/token',
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
    throw refused(status, `the log-in of ${CLIENT_ID}`, body);
  }
}
