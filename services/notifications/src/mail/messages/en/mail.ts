/**
 * The texts of mails in English, as ICU messages (unicode-org.github.io/icu/userguide/format_parse/messages); a blank
 * line begins a paragraph. `clinic` formats a time on the clinic's wall clock. No clinical word, and no name in a subject.
 */
export const mail = {
  registered: {
    subject: 'Welcome to your clinic',
    text: `Hello {givenName},

your account is ready.

You can now book your appointments online.

Your clinic`,
  },
  booked: {
    subject: 'Your appointment is booked',
    text: `Hello {givenName},

your appointment is booked for {start, date, clinic} at {start, time, clinic}.

If you cannot come, please cancel it in your account so that somebody else can have the time.

Your clinic`,
  },
  cancelled: {
    subject: 'Your appointment is cancelled',
    text: `Hello {givenName},

your appointment on {start, date, clinic} at {start, time, clinic} is cancelled.

You can book another time in your account.

Your clinic`,
  },
} as const;
