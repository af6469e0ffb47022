import { randomUUID } from 'node:crypto';
import { NotFound, withTransaction } from '@careplane/kit';
import type { Collection, CollectionSpec, Mongo, Outbox, Transaction } from '@careplane/kit';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';

/** A message about an account, for the service notifications. It holds no text that anybody has entered. */
export interface AccountMessage {
  readonly to: string;
  readonly kind: MessageKind;
  /** Where the reader goes on. */
  readonly link?: string;
  readonly language: 'en';
}

/** What the owner of an account is told of its safety. */
export type NoticeKind =
  | 'password-changed'
  | 'address-changed'
  | 'new-device'
  | 'app-allowed'
  | 'second-factor-added'
  | 'second-factor-removed'
  | 'second-factor-reset'
  | 'recovery-codes-new'
  | 'recovery-code-used'
  | 'public-key-added'
  | 'public-key-ended'
  | 'disabled'
  | 'deleted';

export type MessageKind = 'verify' | 'known-address' | 'reset' | NoticeKind;

export interface MessageRecord {
  readonly _id: string;
  readonly sealed: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const messageCollections: CollectionSpec[] = [
  {
    name: 'account_messages',
    indexes: [{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }],
  },
];

/** Mail about accounts: stored sealed, and told of by an event that holds an id only. */
export interface Messages {
  send(message: AccountMessage, tx?: Transaction): Promise<void>;
  /** @throws NotFound when it is gone */
  read(id: string): Promise<AccountMessage>;
}

/** Longer than a mail server may be away. */
const KEPT_MS = 3 * 86_400_000;

export interface MessagesOptions {
  readonly mongo: Mongo;
  readonly records: Collection<MessageRecord>;
  readonly outbox: Outbox;
  readonly secrets: IdentitySecrets;
}

export function createMessages({ mongo, records, outbox, secrets }: MessagesOptions): Messages {
  const write = async (record: MessageRecord, tx: Transaction): Promise<void> => {
    await records.insert([record], tx);
    await outbox.add(tx, 'account.message', { subject: record._id, data: { messageId: record._id } });
  };
  return {
    async send(message, tx): Promise<void> {
      const _id = randomUUID();
      const sealed = await seal(secrets.sealingKey, contextOf(_id), JSON.stringify(message));
      const createdAt = new Date();
      const record = { _id, sealed, createdAt, expiresAt: new Date(createdAt.getTime() + KEPT_MS) };
      if (tx) await write(record, tx);
      else await withTransaction(mongo, (own) => write(record, own));
    },
    async read(id): Promise<AccountMessage> {
      const record = await records.findOne({ _id: id });
      if (!record) throw new NotFound();
      return JSON.parse(await unsealAny(secrets.sealingKeys, contextOf(id), record.sealed)) as AccountMessage;
    },
  };
}

function contextOf(id: string): string {
  return `careplane-identity/account-message/${id}`;
}
