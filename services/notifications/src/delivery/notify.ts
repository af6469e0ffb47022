import { Poison } from '@careplane/kit';
import type { Inbox } from '@careplane/kit';
import type { Contact, Contacts } from '../contacts/contacts.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { MailRefused } from '../mail/mailer.ts';
import type { Mailer } from '../mail/mailer.ts';
import { renderMail } from '../mail/render.ts';
import type { RenderedMail } from '../mail/render.ts';
import type { PatientTopic } from '../mail/topics.ts';

/** One event to tell a patient about. */
export interface Notice {
  readonly eventId: string;
  readonly event: string;
  readonly patientId: string;
  readonly topic: PatientTopic;
}

/** What a notifier works with. */
export interface NotifierParts {
  readonly inbox: Inbox;
  readonly contacts: Contacts;
  readonly deliveries: Pick<Deliveries, 'record'>;
  readonly mailer: Mailer;
  readonly timeZone: string;
  /** The right side of every Message-ID (RFC 5322, 3.6.4): the domain of the clinic's address. */
  readonly mailDomain: string;
  /** Counts what became of a notice. */
  readonly count: (event: string, outcome: Delivery['outcome']) => void;
}

/** Tells the patient. Resolves with `duplicate` when this was done before. */
export type Notifier = (notice: Notice, signal: AbortSignal) => Promise<'ok' | 'duplicate'>;

async function deliver(
  parts: NotifierParts,
  notice: Notice,
  contact: Contact,
  signal: AbortSignal,
): Promise<Delivery['outcome']> {
  if (!contact.consented) return 'no-consent';
  if (contact.email === undefined) return 'no-address';
  const mail = renderMail(notice.topic, contact.givenName, parts.timeZone);
  await send(parts, { eventId: notice.eventId, to: contact.email, mail }, signal);
  return 'sent';
}

/** Sends the mail of an event. @throws Poison when it is refused for good */
export async function send(
  parts: Pick<NotifierParts, 'mailer' | 'mailDomain'>,
  { eventId, to, mail }: { readonly eventId: string; readonly to: string; readonly mail: RenderedMail },
  signal: AbortSignal,
): Promise<void> {
  try {
    await parts.mailer.send({ ...mail, messageId: `${eventId}@${parts.mailDomain}`, to }, signal);
  } catch (error) {
    throw error instanceof MailRefused ? new Poison('mail-refused') : error;
  }
}

/**
 * A notifier: asks the inbox, finds the contact, sends, and then notes event and outcome in one transaction.
 *
 * SMTP knows no transaction. A worker that dies after the mail server took the mail and before the note is committed
 * sends it again, with the same Message-ID, by which mail stores recognise the copy. The other order would lose mails.
 *
 * The notifier throws Poison for an unknown patient and for a mail refused for good; anything else may succeed later.
 */
export function createNotifier(parts: NotifierParts): Notifier {
  return async (notice, signal) => {
    if (await parts.inbox.has(notice.eventId)) return 'duplicate';
    const contact = await parts.contacts.find(notice.patientId, signal);
    if (contact === undefined) throw new Poison('unknown-patient');
    const outcome = await deliver(parts, notice, contact, signal);
    const { eventId, event, patientId } = notice;
    const result = await parts.inbox.once(eventId, (tx) =>
      parts.deliveries.record(tx, { _id: eventId, event, patientId, outcome, at: new Date() }),
    );
    if (result === 'ok') parts.count(event, outcome);
    return result;
  };
}
