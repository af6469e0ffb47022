import type { PatientChoice } from '../oidc/patients-of.ts';
import { parseSmartScope } from '../oidc/smart-scopes.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { csrfField, errorSummary, field } from './layout.ts';
import type { Fault, Page } from './layout.ts';
import { passkeyForm } from './second-factor-pages.ts';
import type { PasskeyForm } from './second-factor-pages.ts';

/** What every page of an interaction knows. */
export interface Frame {
  readonly uid: string;
  readonly csrf: string;
  /** The name of the app that asks. */
  readonly app: string;
  readonly targets: readonly string[];
  readonly faults?: readonly Fault[];
}

export function logInPage(frame: Frame, options: { username: string; passkey?: PasskeyForm }): Page {
  const { username, passkey } = options;
  const { uid, csrf, app, targets, faults = [] } = frame;
  return {
    status: faults.length > 0 ? 400 : 200,
    title: 'Log in',
    formTargets: targets,
    ...(passkey ? { nonce: passkey.nonce } : {}),
    body: html`${errorSummary(faults)}
      <p>You log in to Careplane for <strong>${app}</strong>.</p>
      <form method="post" action="/login/${uid}">
        ${csrfField(csrf)}
        ${field({ name: 'username', label: 'E-mail address', autocomplete: 'username', value: username, faults })}
        ${field({
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
          faults,
        })}
        <div class="buttons"><button type="submit">Log in</button></div>
      </form>
      ${passkey && passkeyForm(passkey, csrf)} ${cancelForm(frame)}
      <p><a href="/account/reset">Forgot your password?</a></p>
      <p><a href="/account/register">Register as a patient</a></p>`,
  };
}

export function cancelForm({ uid, csrf, app }: Frame): Html {
  return html`<form method="post" action="/login/${uid}/cancel">
    ${csrfField(csrf)}
    <button type="submit" class="second">Cancel and go back to ${app}</button>
  </form>`;
}

export function patientPage(frame: Frame, choices: readonly PatientChoice[], canFind: boolean): Page {
  const { uid, csrf, app, targets, faults = [] } = frame;
  return {
    status: faults.length > 0 ? 400 : 200,
    title: 'Choose a patient',
    formTargets: targets,
    body: html`${errorSummary(faults)}
      <p><strong>${app}</strong> works with the data of one patient.</p>
      <form method="post" action="/login/${uid}/patient">
        ${csrfField(csrf)}
        ${
          choices.length > 0 &&
          html`<fieldset>
            <legend>Patient</legend>
            ${choices.map(
              ({ id, label }, index) =>
                html`<div class="choice">
                  <input type="radio" id="patient-${index}" name="patient" value="${id}" />
                  <label for="patient-${index}">${label}</label>
                </div>`,
            )}
          </fieldset>`
        }
        ${
          canFind &&
          field({
            name: 'find',
            label: 'Patient number or identifier',
            autocomplete: 'off',
            required: false,
            faults,
          })
        }
        <div class="buttons"><button type="submit">Continue</button></div>
      </form>
      ${cancelForm(frame)}`,
  };
}

export function consentPage(frame: Frame, scopes: readonly string[]): Page {
  const { uid, csrf, app, targets, faults = [] } = frame;
  const optional = scopes.filter((scope) => scope !== 'openid');
  return {
    status: faults.length > 0 ? 400 : 200,
    title: `Allow ${app}?`,
    formTargets: targets,
    body: html`${errorSummary(faults)}
      <p><strong>${app}</strong> asks for access. Take away what you do not want to allow.</p>
      <form method="post" action="/login/${uid}/consent">
        ${csrfField(csrf)}
        <fieldset>
          <legend>The app may</legend>
          ${optional.map(
            (scope, index) =>
              html`<div class="choice">
                <input type="checkbox" id="scope-${index}" name="scope" value="${scope}" checked />
                <label for="scope-${index}">${inWords(scope)} <code>${scope}</code></label>
              </div>`,
          )}
        </fieldset>
        <div class="buttons"><button type="submit">Allow</button></div>
      </form>
      ${cancelForm(frame)}`,
  };
}

const WORDS: Readonly<Record<string, string>> = {
  fhirUser: 'know who you are',
  'launch/patient': 'know which patient is meant',
  offline_access: 'keep its access when you have logged out, until you take it back',
  online_access: 'keep its access while you are logged in',
};

const VERBS: Readonly<Record<string, string>> = {
  c: 'add',
  r: 'read',
  u: 'change',
  d: 'delete',
  s: 'search',
};

/** A scope for people. */
export function inWords(scope: string): string {
  const smart = parseSmartScope(scope);
  if (!smart) return WORDS[scope] ?? scope;
  const verbs = Array.from(smart.permissions)
    .map((letter) => VERBS[letter] ?? letter)
    .join(', ');
  const what = smart.type === '*' ? 'all records' : `records of type ${smart.type}`;
  const whose = smart.context === 'patient' ? 'of this patient' : 'that you may see';
  const narrowed = smart.query.length === 0 ? '' : `, only where ${smart.query.join(' and ')}`;
  return `${verbs} ${what} ${whose}${narrowed}`;
}
