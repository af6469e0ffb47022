import { CallFailed, Poison } from '@careplane/kit';
import type { InternalClient } from '@careplane/kit';
import { z } from 'zod';
import { ACCOUNT_KINDS } from '../mail/topics.ts';
import type { AccountTopic } from '../mail/topics.ts';

/** A message about an account, as identity stores it sealed: whom it goes to, and what it says. */
export interface AccountMessage {
  readonly to: string;
  readonly topic: AccountTopic;
  /** A BCP 47 tag. */
  readonly language: string;
}

/** Finds messages about accounts; nothing is cached here. */
export interface AccountMessages {
  /**
   * A message, or nothing when identity does not have it (any more).
   *
   * @throws Poison for a message that cannot be told; anything else when identity cannot be asked now.
   */
  find(messageId: string, signal: AbortSignal): Promise<AccountMessage | undefined>;
}

/** What is put into a mail: an address of the web without user and password, and a code to type. */
const link = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .refine((url) => !/[\s<>"\\]/.test(url) && new URL(url).username === '');
const code = z.string().regex(/^[A-Za-z0-9-]{4,64}$/);

const stored = z.object({
  to: z.email(),
  kind: z.string(),
  link: link.optional(),
  code: code.optional(),
  language: z.string().max(35).default('en'),
});

/** Asks identity for each message, which is the only one to know addresses, links and codes. */
export function identityAccountMessages(identity: Pick<InternalClient, 'getJson'>): AccountMessages {
  return {
    async find(messageId, signal): Promise<AccountMessage | undefined> {
      const path = `/internal/account-messages/${encodeURIComponent(messageId)}`;
      try {
        return read(await identity.getJson(path, z.unknown(), { signal }));
      } catch (error) {
        if (error instanceof CallFailed && (error.status === 404 || error.status === 410)) return undefined;
        throw error;
      }
    },
  };
}

function read(answer: unknown): AccountMessage {
  const parsed = stored.safeParse(answer);
  if (!parsed.success) throw new Poison('invalid-message');
  const { to, kind, language, ...values } = parsed.data;
  const about = ACCOUNT_KINDS.find((known) => known === kind);
  if (about === undefined) throw new Poison('unknown-kind');
  return { to, topic: { about, ...values }, language };
}
