import { mail as en } from './en/mail.ts';

/** What a mail can be about. */
export type About = keyof typeof en;

/** The texts of one language. */
export type MailMessages = Readonly<Record<About, { readonly subject: string; readonly text: string }>>;

/** The texts of every language that there are texts for, by its BCP 47 tag. */
export const MESSAGES = { en } as const satisfies Record<string, MailMessages>;

/** The language of mails in a language that there are no texts for. */
export const DEFAULT_LANGUAGE = 'en';

/** A language that there are texts for: the one that is asked for (by its primary subtag), or the default. */
export function languageFor(tag: string): keyof typeof MESSAGES {
  const [primary = ''] = tag.toLowerCase().split('-');
  return Object.hasOwn(MESSAGES, primary) ? (primary as keyof typeof MESSAGES) : DEFAULT_LANGUAGE;
}
