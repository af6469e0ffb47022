import { CURRENT_PASSWORD, formPage, NEW_PASSWORD } from './account-pages.ts';
import type { Fault, Page } from './layout.ts';

/** The page behind the link of a registration. */
export function verifyPage(csrf: string, token: string, faults: Fault[]): Page {
  return formPage({
    title: 'Complete your registration',
    action: '/account/verify',
    csrf,
    button: 'Complete the registration',
    faults,
    hidden: { token },
    intro: 'If you have not registered, do nothing: then there will be no account.',
    fields: [
      {
        name: 'password',
        label: 'The password that you have chosen',
        type: 'password',
        autocomplete: 'current-password',
      },
    ],
  });
}

/** Where a link for a new password is asked for. */
export function resetPage(csrf: string, faults: Fault[]): Page {
  return formPage({
    title: 'Forgot your password?',
    action: '/account/reset',
    csrf,
    button: 'Send me a link',
    faults,
    fields: [{ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email' }],
  });
}

/** The page behind the link for a new password. */
export function newPasswordPage(csrf: string, token: string, faults: Fault[]): Page {
  return formPage({
    title: 'Choose a new password',
    action: '/account/reset/new',
    csrf,
    button: 'Set the password',
    faults,
    hidden: { token },
    fields: [NEW_PASSWORD],
  });
}

/** The page behind the link of a new address. */
export function confirmPage(csrf: string, token: string, faults: Fault[]): Page {
  return formPage({
    title: 'Use this address?',
    action: '/account/address/confirm',
    csrf,
    button: 'Use this address to log in',
    faults,
    hidden: { token },
    intro: 'If you have not asked for this, do nothing: then nothing changes.',
    fields: [CURRENT_PASSWORD],
  });
}
