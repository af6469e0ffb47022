import { clinicTime } from './clinic-time.ts';
import { escapeHtml } from './escape-html.ts';

/** The content of an e-mail: never a clinical word, for mail is read by whoever holds the phone. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail can be about; times are RFC 3339. */
export type MailTopic =
  | { readonly about: 'registered' }
  | { readonly about: 'booked'; readonly start: string }
  | { readonly about: 'cancelled'; readonly start: string };

interface Wording {
  readonly subject: string;
  readonly sentences: readonly string[];
}

function wordingOf(topic: MailTopic, timeZone: string): Wording {
  switch (topic.about) {
    case 'registered':
      return {
        subject: 'Welcome to your clinic',
        sentences: ['your account is ready.', 'You can now book your appointments online.'],
      };
    case 'booked':
      return {
        subject: 'Your appointment is booked',
        sentences: [
          `your appointment is booked for ${clinicTime(topic.start, timeZone)}.`,
          'If you cannot come, please cancel it in your account so that somebody else can have the time.',
        ],
      };
    case 'cancelled':
      return {
        subject: 'Your appointment is cancelled',
        sentences: [
          `your appointment on ${clinicTime(topic.start, timeZone)} is cancelled.`,
          'You can book another time in your account.',
        ],
      };
  }
}

/** Renders a mail as plain text and as HTML; the patient's own words (the given name) are escaped. */
export function renderMail(topic: MailTopic, givenName: string, timeZone: string): RenderedMail {
  const { subject, sentences } = wordingOf(topic, timeZone);
  const paragraphs = [`Hello ${givenName},`, ...sentences, 'Your clinic'];
  const html = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n');
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>\n<body>\n${html}\n</body></html>\n`,
  };
}
