import { mail as en } from './en/mail.ts';

/** What a mail can be about. */
export type About = keyof typeof en;

/** The texts of one language. */
export type MailMessages = Readonly<Record<About, { readonly subject: string; readonly text: string }>>;

/** The texts of every language that there are texts for, by its BCP 47 tag. */
export const MESSAGES = { en } as const satisfies Record<string, MailMessages>;
