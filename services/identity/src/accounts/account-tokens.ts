import { createHash, randomBytes } from 'node:crypto';
import type { Collection, CollectionSpec, Transaction } from '@careplane/kit';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';

/** What a link in a mail is for. */
export type TokenPurpose = 'register' | 'reset' | 'address';

/** The other end of a link in a mail. The token itself is not stored. */
export interface TokenRecord {
  /** SHA-256 of the token. */
  readonly _id: string;
  readonly purpose: TokenPurpose;
  readonly accountId?: string;
  /** What was entered when the mail was asked for, sealed. */
  readonly sealed?: string;
  /** How often it was shown with a password. */
  readonly attempts?: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const tokenCollections: CollectionSpec[] = [
  {
    name: 'account_tokens',
    indexes: [
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      { key: { accountId: 1 }, name: 'account' },
    ],
  },
];

/** Tokens of links, good once and for a while. */
export interface AccountTokens {
  issue(
    purpose: TokenPurpose,
    about: { accountId?: string; data?: unknown },
    seconds: number,
  ): Promise<string>;
  /** What a token is about, without using it up. */
  look(purpose: TokenPurpose, token: string): Promise<TokenContent | undefined>;
  /** As `look`, before a password is judged, which costs a hash: after ten times it is good no more. */
  attempt(purpose: TokenPurpose, token: string): Promise<TokenContent | undefined>;
  /** Uses it up. @returns false when somebody else was first */
  use(purpose: TokenPurpose, token: string, tx?: Transaction): Promise<boolean>;
  /** Ends all tokens of an account: its password or its address has changed. */
  forget(accountId: string, tx?: Transaction): Promise<void>;
}

export interface TokenContent {
  readonly accountId: string | undefined;
  readonly data: unknown;
}

const MOST_ATTEMPTS = 10;

export function createAccountTokens(
  records: Collection<TokenRecord>,
  secrets: IdentitySecrets,
): AccountTokens {
  const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
  const contentOf = async (record: TokenRecord | null): Promise<TokenContent | undefined> => {
    if (!record || record.expiresAt < new Date()) return undefined;
    const { accountId, sealed } = record;
    if (sealed === undefined) return { accountId, data: undefined };
    const text = await unsealAny(secrets.sealingKeys, contextOf(record._id), sealed);
    return { accountId, data: JSON.parse(text) as unknown };
  };
  return {
    async issue(purpose, { accountId, data }, seconds): Promise<string> {
      const token = randomBytes(32).toString('base64url');
      const _id = idOf(token);
      const createdAt = new Date();
      const sealed =
        data === undefined ? undefined : await seal(secrets.sealingKey, contextOf(_id), JSON.stringify(data));
      await records.insert([
        {
          _id,
          purpose,
          ...(accountId === undefined ? {} : { accountId }),
          ...(sealed === undefined ? {} : { sealed }),
          createdAt,
          expiresAt: new Date(createdAt.getTime() + seconds * 1000),
        },
      ]);
      return token;
    },
    look: async (purpose, token) => contentOf(await records.findOne({ _id: idOf(token), purpose })),
    async attempt(purpose, token): Promise<TokenContent | undefined> {
      const filter = { _id: idOf(token), purpose, attempts: { $not: { $gte: MOST_ATTEMPTS } } };
      return contentOf(await records.findOneAndUpdate(filter, { $inc: { attempts: 1 } }));
    },
    async use(purpose, token, tx): Promise<boolean> {
      const { deletedCount } = await records.deleteMany({ _id: idOf(token), purpose }, tx);
      return deletedCount === 1;
    },
    async forget(accountId, tx): Promise<void> {
      await records.deleteMany({ accountId }, tx);
    },
  };
}

function contextOf(id: string): string {
  return `careplane-identity/account-token/${id}`;
}
