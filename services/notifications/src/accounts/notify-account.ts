import { Poison } from '@careplane/kit';
import type { CloudEvent } from '@careplane/kit';
import { send } from '../delivery/notify.ts';
import type { NotifierParts } from '../delivery/notify.ts';
import { renderAccountMail } from '../mail/render.ts';
import type { AccountMessage, AccountMessages } from './account-messages.ts';

/** What mails about accounts are made with. */
export interface AccountNotifierParts extends Pick<
  NotifierParts,
  'inbox' | 'deliveries' | 'mailer' | 'mailDomain' | 'count'
> {
  readonly messages: AccountMessages;
}

/** Kinds that nobody can act upon without a link or a code. */
const NEEDS_A_WAY: ReadonlySet<string> = new Set(['verify', 'reset']);

/**
 * Sends the mails of accounts, in the same order of steps as other mails (`createNotifier`): inbox, message, mail, note.
 * Consent is not asked: these are about the account's own safety, and go to its address alone.
 *
 * It throws Poison for a message that identity does not have or that cannot be told, and for a mail refused for good.
 */
export function createAccountNotifier(
  parts: AccountNotifierParts,
): (event: CloudEvent<'account.message'>, signal: AbortSignal) => Promise<'ok' | 'duplicate'> {
  return async ({ id: eventId, type: event, data }, signal) => {
    if (await parts.inbox.has(eventId)) return 'duplicate';
    const message = await parts.messages.find(data.messageId, signal);
    if (message === undefined) throw new Poison('unknown-message');
    if (!canBeTold(message)) throw new Poison('invalid-message');
    await send(
      parts,
      { eventId, to: message.to, mail: renderAccountMail(message.topic, message.language) },
      signal,
    );
    const result = await parts.inbox.once(eventId, (tx) =>
      parts.deliveries.record(tx, { _id: eventId, event, outcome: 'sent', at: new Date() }),
    );
    if (result === 'ok') parts.count(event, 'sent');
    return result;
  };
}

function canBeTold({ topic }: AccountMessage): boolean {
  return !NEEDS_A_WAY.has(topic.about) || topic.link !== undefined || topic.code !== undefined;
}
