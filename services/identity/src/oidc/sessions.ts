import { createHash } from 'node:crypto';
import type { Cache, Collection, Transaction } from '@careplane/kit';
import type { AdapterPayload } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import type { ArtifactRecord } from './artifacts.ts';
import type { Endings } from './endings.ts';
import { onCache, onCacheTogether, onDatabase } from './storage-away.ts';

/** A browser in which somebody is logged in. */
export interface SessionInfo {
  readonly uid: string;
  readonly loggedInAt: Date;
  readonly expiresAt: Date;
  /** What the browser says of itself, at most 200 characters. */
  readonly agent: string;
}

/** Sessions in Redis. Ending one also ends the tokens that were issued in it, unless they are `offline_access`. */
export interface Sessions {
  save(id: string, payload: AdapterPayload, options: SaveOptions): Promise<void>;
  find(id: string): Promise<AdapterPayload | undefined>;
  findByUid(uid: string): Promise<AdapterPayload | undefined>;
  /** Removes what a cookie stands for; the session itself may go on under another. */
  forget(id: string): Promise<void>;
  list(accountId: string): Promise<SessionInfo[]>;
  /** Ends a session of this account, with its tokens. */
  end(uid: string, accountId?: string): Promise<void>;
  /** Within the transaction that is the reason: from its commit on no log-in and no token of before counts. `endAll` follows it. */
  markAllEnded(accountId: string, tx: Transaction): Promise<void>;
  /** Ends every session of an account and all its tokens, those of `offline_access` too. */
  endAll(accountId: string): Promise<void>;
}

export interface SaveOptions {
  readonly seconds: number;
  /** What the browser says of itself; empty: what it said before. */
  readonly agent: string;
  /** It began with this request: nobody else knows of it. */
  readonly isNew: boolean;
}

interface Stored {
  readonly payload: AdapterPayload;
  readonly agent: string;
}

export interface SessionsOptions {
  readonly cache: Cache;
  readonly artifacts: Collection<ArtifactRecord>;
  readonly accounts: Collection<AccountRecord>;
  readonly endings: Endings;
}

export function createSessions({ cache, artifacts, accounts, endings }: SessionsOptions): Sessions {
  const { client, keyPrefix } = cache;
  const cookieKey = (id: string): string =>
    `${keyPrefix}oidc:session:${createHash('sha256').update(id).digest('base64url')}`;
  const uidKey = (uid: string): string => `${keyPrefix}oidc:session-uid:${uid}`;
  const accountKey = (account: string): string => `${keyPrefix}oidc:account-sessions:${account}`;

  const read = async (key: string): Promise<Stored | undefined> => {
    const text = await onCache(() => client.get(key));
    return text === null ? undefined : (JSON.parse(text) as Stored);
  };
  const byUid = async (uid: string): Promise<Stored | undefined> => {
    const key = await onCache(() => client.get(uidKey(uid)));
    return key === null ? undefined : read(key);
  };
  const drop = async (uid: string, accountId: string | undefined): Promise<void> => {
    const key = await onCache(() => client.get(uidKey(uid)));
    await onCache(() => client.del([uidKey(uid), ...(key === null ? [] : [key])]));
    if (accountId !== undefined) await onCache(() => client.zrem(accountKey(accountId), uid));
  };
  const markAllEnded = async (accountId: string, tx?: Transaction): Promise<void> => {
    await accounts.updateOne({ _id: accountId }, { $set: { sessionsEndedAt: new Date() } }, tx);
    await endings.end('account', accountId, tx);
  };

  return {
    async save(id, payload, { seconds, agent, isNew }): Promise<void> {
      const { uid = '', accountId } = payload;
      const [life, key] = [Math.max(1, seconds), cookieKey(id)];
      const known = agent === '' ? ((await byUid(uid))?.agent ?? '') : agent;
      const commands = client
        .pipeline()
        .set(key, JSON.stringify({ payload, agent: known }), 'EX', life)
        .set(uidKey(uid), key, 'EX', life);
      if (accountId !== undefined)
        commands
          .zadd(accountKey(accountId), Math.floor(Date.now() / 1000) + life, uid)
          .expire(accountKey(accountId), life + 60);
      await onCacheTogether(commands);
      // A request that was under way when somebody ended the session elsewhere must not bring it back.
      const mayHaveEnded = accountId !== undefined && !isNew;
      if (mayHaveEnded && (await onDatabase(() => endings.hasSessionEnded(uid)))) await drop(uid, accountId);
    },
    find: async (id) => (await read(cookieKey(id)))?.payload,
    findByUid: async (uid) => (await byUid(uid))?.payload,
    async forget(id): Promise<void> {
      await onCache(() => client.del(cookieKey(id)));
    },
    async list(accountId): Promise<SessionInfo[]> {
      const now = Math.floor(Date.now() / 1000);
      await onCache(() => client.zremrangebyscore(accountKey(accountId), '-inf', now));
      const uids = await onCache(() => client.zrange(accountKey(accountId), '0', '-1'));
      const found: SessionInfo[] = [];
      for (const uid of uids) {
        const stored = await byUid(uid);
        if (stored?.payload.accountId === accountId) found.push(infoOf(uid, stored));
      }
      return found.sort((a, b) => b.loggedInAt.getTime() - a.loggedInAt.getTime());
    },
    async end(uid, accountId): Promise<void> {
      const stored = await byUid(uid);
      const owner = stored?.payload.accountId;
      if (accountId !== undefined && owner !== accountId) return;
      await onDatabase(() => endings.end('session', uid));
      await drop(uid, owner);
      await onDatabase(() => artifacts.deleteMany({ sessionUid: uid, offline: false }));
    },
    markAllEnded,
    async endAll(accountId): Promise<void> {
      // A request that is under way may write its session or its tokens after this: the time tells that they are over.
      await onDatabase(() => markAllEnded(accountId));
      // Tokens first: they are in the database, and count although the cache is away.
      await onDatabase(() => artifacts.deleteMany({ accountId }));
      for (const uid of await onCache(() => client.zrange(accountKey(accountId), '0', '-1')))
        await drop(uid, accountId);
    },
  };
}

function infoOf(uid: string, { payload, agent }: Stored): SessionInfo {
  return {
    uid,
    loggedInAt: new Date((payload.loginTs ?? 0) * 1000),
    expiresAt: new Date((payload.exp ?? 0) * 1000),
    agent,
  };
}
