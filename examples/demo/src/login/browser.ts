import type { Fetch } from '../client/connection.ts';
import { CookieJar } from './cookie-jar.ts';
import { formsIn } from './form.ts';
import type { Form } from './form.ts';

/** What a user has before them: a page, or the address to which the clinic has sent them away (an app's). */
export type View = Page | { readonly left: URL };

/** A page of the clinic. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
  readonly forms: readonly Form[];
}

/** Values for the fields of a form; an array for a name that has several. */
export type Entries = Readonly<Record<string, string | readonly string[]>>;

const MOST_REDIRECTS = 12;

/** A user's browser without script: it follows redirects within the clinic, keeps cookies, and sends forms. */
export class Browser {
  readonly #fetch: Fetch;
  readonly #cookies = new CookieJar();
  readonly #origin: string;

  constructor(fetch: Fetch, url: string) {
    this.#fetch = fetch;
    this.#origin = new URL(url).origin;
  }

  /** Opens an address. */
  open(url: URL): Promise<View> {
    return this.#follow(url, { method: 'GET' });
  }

  /** Sends a form with these entries over what is filled in; by its first button unless another one is named. */
  send(
    form: Form,
    entries: Entries,
    button: readonly [string, string] | undefined = form.buttons[0],
  ): Promise<View> {
    const body = new URLSearchParams();
    for (const [name, value] of form.filled) if (!(name in entries)) body.append(name, value);
    for (const [name, values] of Object.entries(entries))
      for (const value of [values].flat()) body.append(name, value);
    if (button !== undefined) body.append(...button);
    if (form.method === 'POST') return this.#follow(form.action, { method: 'POST', body: body.toString() });
    const url = new URL(form.action);
    url.search = body.toString();
    return this.open(url);
  }

  async #follow(start: URL, first: { method: 'GET' | 'POST'; body?: string }): Promise<View> {
    let url = start;
    let next: { method: 'GET' | 'POST'; body?: string } = first;
    for (let count = 0; count <= MOST_REDIRECTS; count += 1) {
      if (url.origin !== this.#origin) return { left: url };
      const answer = await this.#ask(url, next);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || location === null) {
        const html = await answer.text();
        return { url, status: answer.status, html, forms: formsIn(html, url) };
      }
      await answer.body?.cancel();
      url = new URL(location, url);
      next = { method: 'GET' };
    }
    throw new Error(`the clinic redirects without an end at ${url.pathname}`);
  }

  async #ask(url: URL, { method, body }: { method: 'GET' | 'POST'; body?: string }): Promise<Response> {
    const cookie = this.#cookies.header(url);
    const answer = await this.#fetch(url.href, {
      method,
      headers: {
        accept: 'text/html',
        ...(cookie !== '' && { cookie }),
        // As a browser says it of a form on the clinic's own page.
        ...(method === 'POST' && {
          'content-type': 'application/x-www-form-urlencoded',
          origin: this.#origin,
          'sec-fetch-site': 'same-origin',
        }),
      },
      ...(body !== undefined && { body }),
    });
    this.#cookies.take(url, answer.headers);
    return answer;
  }
}
