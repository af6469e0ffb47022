import { html, Html } from './html.ts';
import { csrfField, errorSummary, field } from './layout.ts';
import type { Fault, Page } from './layout.ts';

/** Where a form goes, and what it carries. */
export interface FormFrame {
  readonly action: string;
  readonly csrf: string;
  readonly targets?: readonly string[];
  readonly faults?: readonly Fault[];
}

const OTP_HINT = 'Six digits from your authenticator app, or one of your recovery codes';

/** Asks for a code, or for a passkey when the browser can. */
export function otpPage(
  { action, csrf, targets = [], faults = [] }: FormFrame,
  options: { passkey?: PasskeyForm | undefined; restart?: string },
): Page {
  const { passkey, restart } = options;
  return {
    status: faults.length > 0 ? 400 : 200,
    title: 'Second step',
    formTargets: targets,
    ...(passkey ? { nonce: passkey.nonce } : {}),
    body: html`${errorSummary(faults)}
      <form method="post" action="${action}">
        ${csrfField(csrf)}
        ${field({
          name: 'otp',
          label: 'Code',
          hint: OTP_HINT,
          autocomplete: 'one-time-code',
          faults,
        })}
        <div class="buttons"><button type="submit">Continue</button></div>
      </form>
      ${passkey && passkeyForm(passkey, csrf)}
      ${
        restart !== undefined &&
        html`<form method="post" action="${restart}">
          ${csrfField(csrf)}<button type="submit" class="second">Log in as somebody else</button>
        </form>`
      }`,
  };
}

/** Shows the secret of an authenticator app and asks for a first code. */
export function enrolPage(
  { action, csrf, targets = [], faults = [] }: FormFrame,
  { secret, qr, why }: { secret: string; qr: string; why: string },
): Page {
  return {
    status: faults.length > 0 ? 400 : 200,
    title: 'Set up an authenticator app',
    formTargets: targets,
    body: html`${errorSummary(faults)}
      <p>${why}</p>
      <ol>
        <li>Install an authenticator app on your phone.</li>
        <li>
          Scan this picture with it, or enter the key by hand.
          <div>${new Html(qr)}</div>
          <p>Key: <code data-totp-secret>${secret}</code></p>
        </li>
        <li>Enter the six digits that the app shows.</li>
      </ol>
      <form method="post" action="${action}">
        ${csrfField(csrf)}
        ${field({ name: 'otp', label: 'Code', autocomplete: 'one-time-code', inputmode: 'numeric', faults })}
        <div class="buttons"><button type="submit">Continue</button></div>
      </form>`,
  };
}

/** Shows recovery codes, once. */
export function codesPage({ action, csrf, targets = [] }: FormFrame, codes: readonly string[]): Page {
  return {
    title: codes.length > 0 ? 'Keep these recovery codes' : 'The second step is set up',
    formTargets: targets,
    body: html`${
        codes.length > 0 &&
        html`<p>Each of them replaces the app once. Write them down: they are not shown again.</p>
          <ul>
            ${codes.map((code) => html`<li><code data-recovery-code>${code}</code></li>`)}
          </ul>`
      }
      <form method="post" action="${action}">
        ${csrfField(csrf)}
        <div class="buttons"><button type="submit">Continue</button></div>
      </form>`,
  };
}

/** A form that a small script of ours fills with the answer of a passkey; without script it is not shown. */
export interface PasskeyForm {
  readonly action: string;
  readonly kind: 'create' | 'get';
  /** WebAuthn options as JSON. */
  readonly options: string;
  readonly nonce: string;
  readonly label: string;
  /** Adding one needs the current password. */
  readonly withPassword?: boolean;
}

export function passkeyForm(form: PasskeyForm, csrf: string): Html {
  const { action, kind, options, label, withPassword = false } = form;
  return html`<form method="post" action="${action}" data-passkey="${kind}" data-options="${options}" hidden>
    ${csrfField(csrf)}
    <input type="hidden" name="credential" value="" />
    ${
      kind === 'create' &&
      field({ name: 'label', label: 'Name of the passkey', autocomplete: 'off', value: 'My device' })
    }
    ${
      withPassword &&
      field({
        name: 'current',
        id: 'current-new-passkey',
        label: 'Current password',
        type: 'password',
        autocomplete: 'current-password',
      })
    }
    <div class="buttons"><button type="submit" class="second">${label}</button></div>
    <p class="error" role="status"></p>
  </form>`;
}
