/**
 * The texts of mails in English, as ICU messages (unicode-org.github.io/icu/userguide/format_parse/messages); a blank
 * line begins a paragraph. `clinic` formats a time on the clinic's wall clock. No clinical word, and no name in a subject.
 * `isNamed` is `yes` unless the patient has no name. A paragraph that names {link} or {code} is left out when the message has none.
 */
export const mail = {
  registered: {
    subject: 'Welcome to your clinic',
    text: `Hello{isNamed, select, yes { {givenName}} other {}},

your account is ready.

You can now book your appointments online.

Your clinic`,
  },
  booked: {
    subject: 'Your appointment is booked',
    text: `Hello{isNamed, select, yes { {givenName}} other {}},

your appointment is booked for {start, date, clinic} at {start, time, clinic}.

If you cannot come, please cancel it in your account so that somebody else can have the time.

Your clinic`,
  },
  cancelled: {
    subject: 'Your appointment is cancelled',
    text: `Hello{isNamed, select, yes { {givenName}} other {}},

your appointment on {start, date, clinic} at {start, time, clinic} is cancelled.

You can book another time in your account.

Your clinic`,
  },
  emergency: {
    subject: 'Your record was opened in an emergency',
    text: `Hello{isNamed, select, yes { {givenName}} other {}},

a practitioner of your clinic opened your record as an emergency on {start, date, clinic} at {start, time, clinic}. Each such access is reviewed.

You can see who it was, and why, in your account. If you have questions, please ask your clinic.

Your clinic`,
  },
  review: {
    subject: 'Emergency access to review',
    text: `Hello,

a practitioner opened the record of a patient as an emergency on {start, date, clinic} at {start, time, clinic}.

Please review it: emergency access {grantId}.

Your clinic`,
  },
  verify: {
    subject: 'Confirm your e-mail address',
    text: `Hello,

somebody, we hope it was you, wants to use this e-mail address for an account at your clinic.

To confirm that the address is yours, open this page: {link}

Your code is {code}.

If it was not you, you need do nothing: the address will not be used.

Your clinic`,
  },
  'known-address': {
    subject: 'You already have an account',
    text: `Hello,

somebody, perhaps you, wanted to make a new account with this e-mail address. It already has one, and nothing has changed.

If it was you, please log in. If you have forgotten your password, you can choose a new one: {link}

If it was not you, you need do nothing.

Your clinic`,
  },
  reset: {
    subject: 'Choose a new password',
    text: `Hello,

somebody, we hope it was you, has asked for a new password for your account.

To choose it, open this page: {link}

Your code is {code}.

If it was not you, you need do nothing: your password stays as it is.

Your clinic`,
  },
  'password-changed': {
    subject: 'Your password was changed',
    text: `Hello,

the password of your account was changed, and you were logged out everywhere else.

If it was not you, choose a new password at once: {link}

If you cannot, please call your clinic.

Your clinic`,
  },
  'new-device': {
    subject: 'A new device logged in to your account',
    text: `Hello,

somebody has logged in to your account on a device that we have not seen before.

If it was you, you need do nothing.

If it was not you, end that session and choose a new password: {link}

Your clinic`,
  },
  'app-allowed': {
    subject: 'An app may use your account',
    text: `Hello,

an app was allowed to act for you at your clinic.

If it was not you, choose a new password: that ends the access of every app. {link}

Your clinic`,
  },
  'address-changed': {
    subject: 'The e-mail address of your account was changed',
    text: `Hello,

your account now has another e-mail address. This one is no longer used to log in.

If it was not you, please call your clinic.

If it was a mistake, you can undo it: {link}

Your clinic`,
  },
  'second-factor-added': {
    subject: 'Your account has a new second step',
    text: `Hello,

an authenticator app or a passkey was added to the log-in of your account.

If it was not you, choose a new password at once: {link}

Then call your clinic, so that it removes what was added.

Your clinic`,
  },
  'second-factor-removed': {
    subject: 'A second step was removed from your account',
    text: `Hello,

an authenticator app or a passkey was removed from the log-in of your account.

If it was not you, choose a new password at once: {link}

If you cannot, please call your clinic.

Your clinic`,
  },
  'second-factor-reset': {
    subject: 'The second step of your account was reset',
    text: `Hello,

your clinic has removed every authenticator app, passkey and recovery code of your account, and you were logged out everywhere.

If you did not ask for this, please call your clinic.

Your clinic`,
  },
  'recovery-codes-new': {
    subject: 'Your account has new recovery codes',
    text: `Hello,

new recovery codes were made for your account. The former ones are no longer good.

If it was not you, choose a new password at once: {link}

Your clinic`,
  },
  'recovery-code-used': {
    subject: 'A recovery code of your account was used',
    text: `Hello,

somebody has logged in to your account with one of its recovery codes, which is now used up.

If it was not you, choose a new password at once: {link}

Then make new recovery codes.

Your clinic`,
  },
  'public-key-added': {
    subject: 'A key for encrypted documents was added to your account',
    text: `Hello,

a public key was added to your account: others now encrypt documents for you to it, or believe signatures by it as yours.

If it was not you, choose a new password at once: {link}

Then end the key in your app, or ask your clinic to do so.

Your clinic`,
  },
  'public-key-ended': {
    subject: 'A key for encrypted documents has ended',
    text: `Hello,

a public key of your account was ended: nobody encrypts documents for you to it any more. What was encrypted to it before still opens with your secret key.

If it was not you, choose a new password at once: {link}

Your clinic`,
  },
  disabled: {
    subject: 'Your account is disabled',
    text: `Hello,

your account is disabled: nobody can log in with it any more.

If you did not want this, please call your clinic.

Your clinic`,
  },
  deleted: {
    subject: 'Your account is deleted',
    text: `Hello,

your account is deleted: nobody can log in with it any more. Your medical record stays with your clinic.

If you did not want this, please call your clinic.

Your clinic`,
  },
} as const;
