import type { Transaction } from '@careplane/kit';
import type { AccountRecord } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Messages, NoticeKind } from './messages.ts';

/** Where the reader of a notice goes on; absent: only the clinic can help. */
const PATHS: Readonly<Partial<Record<NoticeKind, string>>> = {
  'password-changed': '/account/reset',
  'address-changed': '/account/reset',
  'new-device': '/account/sessions',
  'app-allowed': '/account/reset',
  'second-factor-added': '/account/reset',
  'second-factor-removed': '/account/reset',
  'recovery-codes-new': '/account/reset',
  'recovery-code-used': '/account/reset',
  'public-key-added': '/account/reset',
  'public-key-ended': '/account/reset',
};

/** What the owner of an account hears of its safety. No limit of mails counts here: a stranger must not be able to use it up. */
export interface Notices {
  /** With a transaction, the mail goes out if and only if the change is made. Accounts without an address hear nothing. */
  tell(account: AccountRecord, kind: NoticeKind, tx?: Transaction): Promise<void>;
}

export interface NoticesOptions {
  readonly accounts: Pick<Accounts, 'addressOf'>;
  readonly messages: Messages;
  readonly publicUrl: string;
}

export function createNotices({ accounts, messages, publicUrl }: NoticesOptions): Notices {
  return {
    async tell(account, kind, tx): Promise<void> {
      const to = await accounts.addressOf(account);
      if (to === undefined) return;
      const path = PATHS[kind];
      const link = path === undefined ? {} : { link: `${publicUrl}${path}` };
      await messages.send({ to, kind, ...link, language: 'en' }, tx);
    },
  };
}
