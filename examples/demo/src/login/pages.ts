import { TOTP, URI } from 'otpauth';
import type { Entries, Page } from './browser.ts';
import type { Form } from './form.ts';

/** What somebody types into the pages of the log-in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Their authenticator: an empty one takes the key that the page for a new authenticator shows. */
  readonly authenticator?: Authenticator;
}

/** An app that shows codes of six digits (RFC 6238). */
export class Authenticator {
  #key: TOTP | undefined;
  #lastCounter = -1;

  /** Takes the key of a page that sets up a second factor. */
  take(uri: string): void {
    const key = URI.parse(uri);
    if (!(key instanceof TOTP)) throw new Error('the page offers no time-based key');
    this.#key = key;
  }

  /** The next code that was not used before: each is good once, so the one of the next half minute may be it. */
  code(now = Date.now()): string {
    if (this.#key === undefined) throw new Error('no second factor was set up');
    const counter = Math.max(this.#key.counter({ timestamp: now }), this.#lastCounter + 1);
    this.#lastCounter = counter;
    return this.#key.generate({ timestamp: counter * this.#key.period * 1000 });
  }
}

/** How a page is answered. */
export interface PageAnswer {
  /** One of each kind is answered: a page that comes again has refused what was typed. */
  readonly kind: 'password' | 'enrolment' | 'code' | 'scopes' | 'other';
  readonly form: Form;
  readonly entries: Entries;
  readonly button?: readonly [string, string];
}

/** The address `otpauth:` in a page that sets up an authenticator. */
const OTPAUTH = /otpauth:\/\/[^"'<>\s]+/;

/** The entries for the first form of a page that asks for something; nothing when the page asks for nothing. */
export function answerPage(page: Page, credentials: Credentials): PageAnswer | undefined {
  const having = (control: string): Form | undefined =>
    page.forms.find(({ controls }) => controls.has(control));
  const password = having('password');
  if (password !== undefined) {
    const { username, password: word } = credentials;
    return { kind: 'password', form: password, entries: { username, password: word } };
  }
  const code = having('code');
  if (code !== undefined) return withCode(page, code, credentials.authenticator);
  const scopes = having('scope');
  if (scopes !== undefined) return { kind: 'scopes', form: scopes, entries: {} };
  const other = page.forms.find(({ method }) => method === 'POST');
  return other && { kind: 'other', form: other, entries: {} };
}

function withCode(page: Page, form: Form, authenticator: Authenticator | undefined): PageAnswer {
  if (authenticator === undefined) throw new Error('the log-in asks for a second factor');
  const offered = OTPAUTH.exec(page.html)?.[0];
  if (offered !== undefined) authenticator.take(offered.replaceAll('&amp;', '&'));
  const kind = offered === undefined ? 'code' : 'enrolment';
  return { kind, form, entries: { code: authenticator.code() } };
}
