import { createHash, randomUUID } from 'node:crypto';
import type { TokenMarks } from '@careplane/access';
import { findInBatches, withTransaction } from '@careplane/kit';
import type { Collection, CollectionSpec, Mongo, Transaction } from '@careplane/kit';

/** What can end before the access tokens that came of it do. */
export type EndedKind = 'account' | 'app' | 'session' | 'grant' | 'token';

/** Something that has ended, kept until every access token of before is over by itself. */
export interface EndingRecord {
  readonly _id: string;
  /** `<kind>:<id>`. */
  readonly mark: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

export const endingCollections: CollectionSpec[] = [
  {
    name: 'ended_tokens',
    indexes: [
      { key: { mark: 1 }, name: 'mark' },
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
    ],
  },
];

/** Whose token it is, and by what it is ended. */
export interface TokenAsked {
  readonly account: string;
  readonly client: string;
  readonly token: TokenMarks;
}

/** Access tokens are JWTs, which nobody can take back: what has ended before them is told with the facts of each decision. */
export interface Endings {
  end(kind: EndedKind, id: string, tx?: Transaction): Promise<void>;
  isOver(asked: TokenAsked): Promise<boolean>;
  /** Whether a session has ended a moment ago: who wrote something of it meanwhile takes it back. */
  hasSessionEnded(uid: string): Promise<boolean>;
}

/** Longer than an access token lives (`TOKEN_TTL_S` is 900 at most), with what clocks differ by. */
const KEPT_MS = 1_200_000;
/** These are used again after their end: what came later is good. */
const AGAIN: ReadonlySet<string> = new Set(['account', 'app']);

export function createEndings(mongo: Mongo): Endings {
  const records: Collection<EndingRecord> = mongo.collection('ended_tokens');
  const endingsOf = findInBatches(records, {
    filter: (marks) => ({ mark: { $in: [...marks] } }),
    keysOf: ({ mark }) => [mark],
  });
  const write = async (mark: string, tx: Transaction): Promise<void> => {
    const at = new Date();
    const expiresAt = new Date(at.getTime() + KEPT_MS);
    await records.insert([{ _id: randomUUID(), mark, at, expiresAt }], tx);
  };
  return {
    async end(kind, id, tx): Promise<void> {
      const mark = `${kind}:${id}`;
      if (tx) await write(mark, tx);
      else await withTransaction(mongo, (own) => write(mark, own));
    },
    async isOver({ account, client, token }): Promise<boolean> {
      const { id, session, grant, since } = token;
      const marks = [`account:${account}`, `app:${client}`, `token:${id}`];
      if (session !== undefined) marks.push(`session:${session}`);
      if (grant !== undefined) marks.push(`grant:${grant}`);
      const found = await Promise.all(marks.map(endingsOf));
      return found
        .flat()
        .some(({ mark, at }) => !AGAIN.has(mark.split(':')[0] ?? '') || since * 1000 <= at.getTime());
    },
    hasSessionEnded: async (uid) => (await endingsOf(`session:${uid}`)).length > 0,
  };
}

/** The `grant` of tokens: the grant's own id stays here. */
export function grantMark(grantId: string): string {
  return createHash('sha256').update(grantId).digest('base64url');
}
