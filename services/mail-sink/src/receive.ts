import PostalMime from 'postal-mime';
import type { Address } from 'postal-mime';
import type { StoredMail } from './mailbox.ts';

const ABOUT = 'x-careplane-about';

/** What SMTP says about a mail, apart from its text. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** The mail has no Message-ID, so that a second copy of it could not be told from a second mail. */
export class MissingMessageId extends Error {
  override readonly name = 'MissingMessageId';
}

function addressOf(address: Address | undefined): string | undefined {
  return address !== undefined && 'address' in address ? address.address : undefined;
}

/**
 * Parses a mail (RFC 5322). Recipients are the envelope's, for a blind copy stands in no header.
 *
 * @throws MissingMessageId
 */
export async function parseMail(raw: Buffer, envelope: Envelope, received: Date): Promise<StoredMail> {
  const email = await PostalMime.parse(raw);
  const messageId = email.messageId?.replace(/^<|>$/g, '');
  if (messageId === undefined || messageId === '') throw new MissingMessageId('the mail has no Message-ID');
  return {
    messageId,
    received,
    from: addressOf(email.from) ?? envelope.from,
    to: envelope.to,
    about: email.headers.find(({ key }) => key === ABOUT)?.value ?? '',
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? '',
  };
}
