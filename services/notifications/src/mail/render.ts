import { IntlMessageFormat } from 'intl-messageformat';
import type { Formats } from 'intl-messageformat';
import { escapeHtml } from './escape-html.ts';
import { MESSAGES } from './messages/index.ts';

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

const LANGUAGE = 'en';
/** Whose way to write dates and times. */
const LOCALE = 'en-US';

/** Renders a mail as plain text and as HTML; the patient's own words (the given name) are escaped. */
export function renderMail(topic: MailTopic, givenName: string, timeZone: string): RenderedMail {
  const { subject, text } = MESSAGES[LANGUAGE][topic.about];
  const start = 'start' in topic ? new Date(topic.start) : undefined;
  // What a patient wrote is a value, never part of a message or of markup.
  const written = String(message(text, timeZone).format({ givenName, start }));
  const paragraphs = plainSpaces(written).split('\n\n');
  const html = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n');
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${LANGUAGE}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>\n<body>\n${html}\n</body></html>\n`,
  };
}

function message(text: string, timeZone: string): IntlMessageFormat {
  const formats: Partial<Formats> = {
    date: { clinic: { timeZone, dateStyle: 'full' } },
    time: { clinic: { timeZone, hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } },
  };
  return new IntlMessageFormat(text, LOCALE, formats, { ignoreTag: true });
}

/** Unicode's data puts a narrow no-break space before AM and PM, which plain-text mail readers show badly. */
function plainSpaces(text: string): string {
  return text.replace(/[\u00A0\u202F]/g, ' ');
}
