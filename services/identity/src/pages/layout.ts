import { html } from './html.ts';
import type { Html, Part } from './html.ts';

/** A page as it is answered. */
export interface Page {
  readonly status?: number;
  readonly title: string;
  /** As HTML names it. Default: English. */
  readonly language?: string;
  readonly body: Html;
  /** Where its forms may lead beside our own origin: the browser also checks the redirect after a form. */
  readonly formTargets?: readonly string[];
  /** Of the script of ours that the page may run. */
  readonly nonce?: string;
  /** Which it is: default `passkey`. */
  readonly script?: 'passkey' | 'submit';
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole document. */
export function documentOf({ title, language = 'en', body, nonce, script = 'passkey' }: Page): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Careplane</title>
        <link rel="stylesheet" href="/account/assets/style.css" />
        ${
          nonce !== undefined &&
          html`<script src="/account/assets/${script}.js" nonce="${nonce}" defer></script>`
        }
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.toString();
}

/** Headers of every page: nothing is cached, framed, loaded from elsewhere, or run. */
export function headersOf({ formTargets = [], nonce, headers }: Page): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    ...(nonce === undefined ? [] : [`script-src 'nonce-${nonce}'`, "connect-src 'self'"]),
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    // Not `no-referrer`: with it a browser hides the origin of a form, which is checked.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...headers,
  };
}

/** Errors of a form: said first, each a link to its field. */
export function errorSummary(faults: readonly Fault[]): Html | false {
  if (faults.length === 0) return false;
  return html`<div class="errors" role="alert" id="errors" tabindex="-1">
    <p>Please check:</p>
    <ul>
      ${faults.map(({ field, message }) =>
        field === undefined ? html`<li>${message}</li>` : html`<li><a href="#${field}">${message}</a></li>`,
      )}
    </ul>
  </div>`;
}

/** Something wrong with a field, or with the form as a whole. */
export interface Fault {
  readonly field?: string;
  readonly message: string;
}

export interface FieldOptions {
  readonly name: string;
  /** Default: the name. */
  readonly id?: string;
  readonly label: string;
  readonly type?: string;
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  readonly required?: boolean;
  readonly inputmode?: string;
}

/** A labelled input; its hint and error belong to it for who hears the page. */
export function field(options: FieldOptions): Html {
  const { name, id = name, label, type = 'text', autocomplete, hint, faults = [] } = options;
  const mine = faults.filter((fault) => fault.field === name);
  const isWrong = mine.length > 0;
  const about = [hint !== undefined && `${id}-hint`, isWrong && `${id}-error`];
  const attributes = attributesOf(options, about);
  return html`<div class="field">
    <label for="${id}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${isWrong && html`<p class="error" id="${id}-error">${mine.map(({ message }) => message).join('. ')}</p>`}
    <input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" ${attributes} />
  </div>`;
}

function attributesOf(
  { required = true, inputmode, value }: FieldOptions,
  about: readonly (string | false)[],
): Part[] {
  const described = about.filter((id) => id !== false);
  return [
    required && html` required`,
    inputmode !== undefined && html` inputmode="${inputmode}"`,
    value !== undefined && html` value="${value}"`,
    described.length > 0 && html` aria-describedby="${described.join(' ')}"`,
    described.some((id) => id.endsWith('-error')) && html` aria-invalid="true"`,
  ];
}

/** The hidden token that ties a form to its browser. */
export function csrfField(token: string): Html {
  return html`<input type="hidden" name="csrf" value="${token}" />`;
}
