import type { TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';

/** Somebody who is logged in, or an app. */
export interface Session {
  /** The id of the person's FHIR resource; of an app its client id. */
  readonly sub: string;
  /** An access token that is good for some time; a new one is fetched when the former is about to end. */
  token(): Promise<string>;
}

/** What an endpoint answers for a grant. */
export type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** A token that ends within this time is not used any more. */
const MARGIN_S = 30;

/** A session that renews its tokens by itself: one renewal at a time, since a refresh token is good once. */
export class RenewedSession implements Session {
  readonly sub: string;
  readonly #renew: (last: Tokens) => Promise<Tokens>;
  #last: Tokens;
  #renewal: Promise<string> | undefined;

  /** @param renew fetches the tokens that follow the last ones */
  constructor(sub: string, first: Tokens, renew: (last: Tokens) => Promise<Tokens>) {
    this.sub = sub;
    this.#last = first;
    this.#renew = renew;
  }

  token(): Promise<string> {
    if ((this.#last.expiresIn() ?? Infinity) > MARGIN_S) return Promise.resolve(this.#last.access_token);
    return this.renew();
  }

  /** Fetches new tokens now. */
  renew(): Promise<string> {
    this.#renewal ??= this.#renewed().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewed(): Promise<string> {
    this.#last = await this.#renew(this.#last);
    return this.#last.access_token;
  }
}
