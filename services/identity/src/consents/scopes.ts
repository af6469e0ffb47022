/**
 * What a patient may agree to, and what holds until they have said anything. Messages about care that the patient has
 * asked for (a booking's confirmation, a reminder) are part of that care and go out unless refused; anything beyond care
 * needs a yes first.
 */
export const CONSENT_DEFAULTS = {
  'notifications.email': true,
  research: false,
} as const satisfies Record<string, boolean>;

export type ConsentScope = keyof typeof CONSENT_DEFAULTS;

export const CONSENT_SCOPES = Object.keys(CONSENT_DEFAULTS) as [ConsentScope, ...ConsentScope[]];
