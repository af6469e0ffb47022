import type { AccountRecord } from '../accounts/account.ts';
import type { SessionInfo } from '../oidc/sessions.ts';
import { browserName } from './browser-name.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField, errorSummary, field } from './layout.ts';
import type { Fault, FieldOptions, Page } from './layout.ts';

export interface FormPage {
  readonly title: string;
  readonly action: string;
  readonly csrf: string;
  readonly button: string;
  readonly intro?: Html | string;
  readonly fields: readonly Omit<FieldOptions, 'faults'>[];
  readonly more?: Html;
  readonly faults?: readonly Fault[];
  readonly hidden?: Readonly<Record<string, string>>;
}

/** A page with one form. */
export function formPage(options: FormPage): Page {
  const { title, action, csrf, button, intro, fields, more, faults = [], hidden = {} } = options;
  return {
    status: faults.length > 0 ? 400 : 200,
    title,
    body: html`${errorSummary(faults)} ${intro !== undefined && html`<p>${intro}</p>`}
      <form method="post" action="${action}">
        ${csrfField(csrf)}
        ${Object.entries(hidden).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        ${fields.map((one) => field({ ...one, faults }))} ${more}
        <div class="buttons"><button type="submit">${button}</button></div>
      </form>`,
  };
}

/** A page that only says something. */
export function textPage(title: string, text: string, link?: { href: string; label: string }): Page {
  return {
    title,
    body: html`<p>${text}</p>
      ${link && html`<p><a href="${link.href}">${link.label}</a></p>`}`,
  };
}

const GENDERS = [
  ['female', 'Female'],
  ['male', 'Male'],
  ['other', 'Other'],
  ['unknown', 'Not stated'],
] as const;

export function registerPage(csrf: string, values: Record<string, string>, faults: readonly Fault[]): Page {
  const wrong = faults.filter((fault) => fault.field === 'gender');
  return formPage({
    title: 'Register as a patient',
    action: '/account/register',
    csrf,
    button: 'Register',
    faults,
    intro: 'You get a mail with a link. Your registration is complete when you have used it.',
    fields: [
      { name: 'given', label: 'Given name', autocomplete: 'given-name', value: values['given'] },
      { name: 'family', label: 'Family name', autocomplete: 'family-name', value: values['family'] },
      {
        name: 'birthDate',
        label: 'Birth date',
        type: 'date',
        autocomplete: 'bday',
        value: values['birthDate'],
      },
      {
        name: 'email',
        label: 'E-mail address',
        type: 'email',
        autocomplete: 'email',
        value: values['email'],
      },
      NEW_PASSWORD,
    ],
    more: html`<div class="field">
      <label for="gender">Gender</label>
      ${wrong.length > 0 && html`<p class="error" id="gender-error">${wrong[0]?.message}</p>`}
      <select
        id="gender"
        name="gender"
        autocomplete="sex"
        required
        ${wrong.length > 0 && html`aria-invalid="true" aria-describedby="gender-error"`}
      >
        <option value="">Please choose</option>
        ${GENDERS.map(
          ([value, label]) =>
            html`<option value="${value}" ${values['gender'] === value && html`selected`}>${label}</option>`,
        )}
      </select>
    </div>`,
  });
}

export const NEW_PASSWORD = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  hint: 'At least 12 characters. Several words make a good one.',
} as const;

export const CURRENT_PASSWORD = {
  name: 'current',
  label: 'Current password',
  type: 'password',
  autocomplete: 'current-password',
} as const;

/** @param more links that not everybody has: address and label */
export function overviewPage(
  account: AccountRecord,
  more: readonly (readonly [string, string])[] = [],
): Page {
  const links = [
    ...more,
    ['/account/sessions', 'Where you are logged in'],
    ['/account/password', 'Change the password'],
    ['/account/address', 'Change the e-mail address'],
    ['/account/second-factor', 'Second step of the log-in'],
    ['/account/delete', 'Delete the account'],
  ] as const;
  return {
    title: 'Your account',
    body: html`<p>You are logged in as ${account.role}.</p>
      <ul>
        ${links.map(([href, label]) => html`<li><a href="${href}">${label}</a></li>`)}
      </ul>
      <p><a href="/oauth2/logout">Log out</a></p>`,
  };
}

export function sessionsPage(csrf: string, sessions: readonly SessionInfo[], current: string): Page {
  return {
    title: 'Where you are logged in',
    body: html`<table>
        <thead>
          <tr>
            <th scope="col">Browser</th>
            <th scope="col">Since</th>
            <th scope="col">End it</th>
          </tr>
        </thead>
        <tbody>
          ${sessions.map((session) => sessionRow(csrf, session, session.uid === current))}
        </tbody>
      </table>
      <form method="post" action="/account/sessions">
        ${csrfField(csrf)}<input type="hidden" name="session" value="all" />
        <div class="buttons"><button type="submit">Log out everywhere, and take back all apps</button></div>
      </form>
      <p><a href="/account">Your account</a></p>`,
  };
}

function sessionRow(csrf: string, { uid, agent, loggedInAt }: SessionInfo, isCurrent: boolean): Html {
  const [browser, since] = [browserName(agent), loggedInAt.toISOString().slice(0, 16).replace('T', ' ')];
  return html`<tr>
    <td>${browser}${isCurrent && ' (this browser)'}</td>
    <td>${since} UTC</td>
    <td>
      <form method="post" action="/account/sessions">
        ${csrfField(csrf)}<input type="hidden" name="session" value="${uid}" />
        <button type="submit" class="second" aria-label="End the log-in of ${since} in ${browser}">
          End
        </button>
      </form>
    </td>
  </tr>`;
}
