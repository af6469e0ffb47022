export { mailSink } from './service.ts';
export { Mailbox } from './mailbox.ts';
export type { MailFilter, MailTotals, StoredMail } from './mailbox.ts';
export { listenSmtp } from './smtp.ts';
export type { SmtpListener, SmtpReport } from './smtp.ts';
