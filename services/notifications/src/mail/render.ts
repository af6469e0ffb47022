import { escapeHtml } from '@careplane/kit';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Formats } from 'intl-messageformat';
import { DEFAULT_LANGUAGE, languageFor, MESSAGES } from './messages/index.ts';
import type { AccountTopic, PatientTopic, ReviewTopic } from './topics.ts';

/** The content of an e-mail: never a clinical word, for mail is read by whoever holds the phone. */
export interface RenderedMail {
  /** The topic, such as `booked`: for programs that sort or count mails. */
  readonly about: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Whose way to write dates and times, by language. */
const LOCALES = { en: 'en-US' } as const satisfies Record<keyof typeof MESSAGES, string>;

/** Where a message takes these from, if it has them. */
const OPTIONAL = ['link', 'code'] as const;

/** Renders a mail as plain text and as HTML; the patient's own words (the given name) are escaped. */
export function renderMail(topic: PatientTopic, givenName: string, timeZone: string): RenderedMail {
  const { subject, text } = MESSAGES[DEFAULT_LANGUAGE][topic.about];
  const start = 'start' in topic ? new Date(topic.start) : undefined;
  // What a patient wrote is a value, never part of a message or of markup.
  const format = messageOf(DEFAULT_LANGUAGE, timeZone);
  const paragraphs = format(text, { ...named(givenName), start }).split('\n\n');
  return mailOf(topic.about, { language: DEFAULT_LANGUAGE, subject, paragraphs });
}

/** Renders the mail to compliance: ids and times alone. */
export function renderReviewMail({ start, grantId }: ReviewTopic, timeZone: string): RenderedMail {
  const { subject, text } = MESSAGES[DEFAULT_LANGUAGE].review;
  const format = messageOf(DEFAULT_LANGUAGE, timeZone);
  const paragraphs = format(text, { start: new Date(start), grantId }).split('\n\n');
  return mailOf('review', { language: DEFAULT_LANGUAGE, subject, paragraphs });
}

/** Who has no name is greeted without one. */
function named(givenName: string): { readonly givenName: string; readonly isNamed: 'yes' | 'no' } {
  return { givenName, isNamed: givenName.trim() === '' ? 'no' : 'yes' };
}

/** Renders a mail about an account. Nothing in it was typed by anybody: see `AccountTopic`. */
export function renderAccountMail({ about, ...values }: AccountTopic, language: string): RenderedMail {
  const spoken = languageFor(language);
  const { subject, text } = MESSAGES[spoken][about];
  const missing = OPTIONAL.filter((name) => values[name] === undefined);
  const format = messageOf(spoken);
  const paragraphs = text
    .split('\n\n')
    .filter((paragraph) => !missing.some((name) => paragraph.includes(`{${name}}`)))
    .map((paragraph) => format(paragraph, values));
  return mailOf(about, { language: spoken, subject, paragraphs, link: values.link });
}

interface MailParts {
  readonly language: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link?: string | undefined;
}

function mailOf(about: string, { language, subject, paragraphs, link }: MailParts): RenderedMail {
  const html = paragraphs.map((paragraph) => `<p>${withLink(escapeHtml(paragraph), link)}</p>`).join('\n');
  return {
    about,
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>\n<body>\n${html}\n</body></html>\n`,
  };
}

function withLink(html: string, link: string | undefined): string {
  if (link === undefined) return html;
  const shown = escapeHtml(link);
  return html.replace(shown, () => `<a href="${shown}">${shown}</a>`);
}

type Values = Readonly<Record<string, string | Date | undefined>>;

function messageOf(
  language: keyof typeof MESSAGES,
  timeZone = 'UTC',
): (text: string, values: Values) => string {
  const formats: Partial<Formats> = {
    date: { clinic: { timeZone, dateStyle: 'full' } },
    time: { clinic: { timeZone, hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } },
  };
  return (text, values) =>
    plainSpaces(
      String(
        new IntlMessageFormat(text, LOCALES[language], formats, { ignoreTag: true }).format({ ...values }),
      ),
    );
}

/** Unicode's data puts a narrow no-break space before AM and PM, which plain-text mail readers show badly. */
function plainSpaces(text: string): string {
  return text.replace(/[\u00A0\u202F]/g, ' ');
}
