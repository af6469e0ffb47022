import { parse } from 'node-html-parser';
import { Secret, TOTP } from 'otpauth';
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

  /** Takes the key of a page that sets up a second factor, in base 32. */
  take(secret: string): void {
    this.#key = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(/\s/g, '')) });
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

/** A page also offers to go back without what it asks for. */
function isRefusal({ pathname }: URL): boolean {
  return pathname.endsWith('/cancel');
}

/** The entries for the first form of a page that asks for something; nothing when the page asks for nothing. */
export function answerPage(page: Page, credentials: Credentials): PageAnswer | undefined {
  const having = (control: string): Form | undefined =>
    page.forms.find(({ controls }) => controls.has(control));
  const password = having('password');
  if (password !== undefined) {
    const { username, password: word } = credentials;
    return { kind: 'password', form: password, entries: { username, password: word } };
  }
  const code = having('otp');
  if (code !== undefined) return withCode(page, code, credentials.authenticator);
  const scopes = having('scope');
  if (scopes !== undefined) return { kind: 'scopes', form: scopes, entries: {} };
  const other = page.forms.find(({ method, action }) => method === 'POST' && !isRefusal(action));
  return other && { kind: 'other', form: other, entries: {} };
}

/** The key in a page that sets up an authenticator, for people who cannot scan it. */
function offeredSecret(html: string): string | undefined {
  const element = parse(html).querySelector('[data-totp-secret]');
  const secret = element?.getAttribute('data-totp-secret');
  return secret === '' ? element?.textContent : secret;
}

function withCode(page: Page, form: Form, authenticator: Authenticator | undefined): PageAnswer {
  if (authenticator === undefined) throw new Error('the log-in asks for a second factor');
  const offered = offeredSecret(page.html);
  if (offered !== undefined) authenticator.take(offered);
  const kind = offered === undefined ? 'code' : 'enrolment';
  return { kind, form, entries: { otp: authenticator.code() } };
}
