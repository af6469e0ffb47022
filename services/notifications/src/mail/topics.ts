/** What a mail about an account can be about; identity says which. */
export const ACCOUNT_KINDS = [
  'verify',
  'known-address',
  'reset',
  'password-changed',
  'new-device',
  'app-allowed',
  'address-changed',
  'second-factor-added',
  'second-factor-removed',
  'second-factor-reset',
  'recovery-codes-new',
  'recovery-code-used',
  'public-key-added',
  'public-key-ended',
  'disabled',
  'deleted',
] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/**
 * A mail about an account. It has no name and nothing else that somebody typed: the address may not be verified, and a
 * stranger could make the clinic mail their own words.
 */
export interface AccountTopic {
  readonly about: AccountKind;
  /** Where to go on, made by identity. */
  readonly link?: string | undefined;
  /** What to type instead, made by identity. */
  readonly code?: string | undefined;
}

/** A mail to a patient; times are RFC 3339. */
export type PatientTopic =
  | { readonly about: 'registered' }
  | { readonly about: 'booked'; readonly start: string }
  | { readonly about: 'cancelled'; readonly start: string }
  | { readonly about: 'emergency'; readonly start: string };

/** What compliance is told: which grant to review, and when it was opened. Nobody is named. */
export interface ReviewTopic {
  readonly start: string;
  readonly grantId: string;
}

export type MailTopic = PatientTopic | AccountTopic;
