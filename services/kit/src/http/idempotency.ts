import { createHash, createHmac } from 'node:crypto';
import type { Request } from 'express';
import { currentUserOrNone } from '../auth/current-user.ts';
import type { Collection } from '../mongo/collection.ts';
import { ensureCollections } from '../mongo/mongo.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { isDuplicateKey, isWriteConflict } from '../mongo/errors.ts';
import { withTransaction } from '../mongo/transaction.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { pause } from '../resilience/backoff.ts';
import { Conflict, Invalid, PreconditionRequired, Unprocessable } from './errors.ts';
import { routeOf } from './observe.ts';
import type { Reply } from './route.ts';

/** Runs creates at most once per `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface Idempotency {
  /**
   * Runs `work` in a transaction that also holds the key and the reply: both are committed or neither. The same key
   * again answers the same reply with `Idempotency-Replayed: true`; a failed `work` leaves no key, so it may be repeated.
   * @throws Unprocessable (422) when the key was used for another request; Conflict (409, Retry-After) while the first
   * is in progress; PreconditionRequired (428) when the key is required and absent.
   */
  run(req: Request, options: IdempotencyRun, work: (tx: Transaction) => Promise<Reply>): Promise<Reply>;
  /**
   * Makes a resource at most once per key. The key's document holds a hash and the resource's id, and is written in the
   * transaction that makes it; the same key again answers what was made then, as `made` reads it. The look for it comes
   * before everything else, so that a repeated request is never judged anew. Without a key there is one attempt.
   * @throws as `run`
   */
  create<R>(req: Request, creation: Creation<R>): Promise<{ readonly value: R; readonly isReplay: boolean }>;
}

export interface Creation<R> {
  /** Whose keys they are: nobody can read another's resource by guessing a key. */
  readonly caller: string;
  /** The id that the resource will have. */
  readonly id: string;
  /** Checks made before the transaction; throws to refuse. */
  readonly before?: () => Promise<void>;
  readonly work: (tx: Transaction) => Promise<R>;
  /** The first version of what was made by an earlier request. */
  readonly made: (id: string) => Promise<R | undefined>;
}

export interface IdempotencyRun {
  readonly required: boolean;
  /** A cheap check made before the transaction and after the look for a stored reply; throws to refuse. */
  readonly before?: () => Promise<void>;
  /**
   * Gives the body of a reply again, from its headers (`location`). The key's record then holds no body: nothing personal
   * outlives the resource itself.
   */
  readonly reload?: Reload;
  /** Whose keys they are; the user of the request when absent. Nobody can read another's reply by guessing a key. */
  readonly caller?: string;
}

type Reload = (headers: Readonly<Record<string, string>>) => Promise<unknown>;

export interface IdempotencyOptions {
  readonly mongo: Mongo;
  /**
   * Keys the request's digest (HMAC-SHA-256). Needed where a body holds a secret: an unkeyed digest of a password
   * could be searched offline.
   */
  readonly digestKey?: Buffer;
  /** How long a key is remembered, in seconds. Default one day. */
  readonly ttlSeconds?: number;
}

interface KeyDocument {
  _id: string;
  digest: string;
  createdAt: Date;
  /** The body is kept as text: a replay is the same answer to the byte. */
  reply?: { status: number; headers?: Readonly<Record<string, string>>; text?: string; isReloaded?: true };
  /** The id of the resource that `create` made. */
  made?: string;
}

const COLLECTION = 'idempotency_keys';

/** Makes the collection and gives the runner. */
export async function createIdempotency(options: IdempotencyOptions): Promise<Idempotency> {
  const { mongo } = options;
  const expireAfterSeconds = options.ttlSeconds ?? 86_400;
  await ensureCollections(mongo, [
    { name: COLLECTION, indexes: [{ key: { createdAt: 1 }, name: 'expiry', expireAfterSeconds }] },
  ]);
  const keys = mongo.collection<KeyDocument>(COLLECTION);
  return {
    async run(req, { required, before, reload, caller }, work): Promise<Reply> {
      const key = keyOf(req, caller ?? callerOf(req), required);
      if (key === undefined) {
        await before?.();
        return withTransaction(mongo, work);
      }
      const digest = digestOf(req, options.digestKey);
      const stored = (): Promise<Reply | undefined> => storedReply(keys, { key, digest, reload });
      const earlier = await stored();
      if (earlier) return earlier;
      try {
        await before?.();
        return await withTransaction(mongo, async (tx) => {
          await claim(() => keys.insert([{ _id: key, digest, createdAt: new Date() }], tx));
          const reply = await work(tx);
          await keys.updateOne({ _id: key }, { $set: { reply: store(reply, reload !== undefined) } }, tx);
          return reply;
        });
      } catch (error) {
        // whatever failed may have failed because the same request, sent twice at once, succeeded meanwhile
        const winner = await twinReply(stored, error instanceof KeyTaken);
        if (winner) return winner;
        throw error instanceof KeyTaken ? inProgress() : error;
      }
    },
    create: (req, creation) => createOnce({ mongo, keys, digestKey: options.digestKey }, req, creation),
  };
}

type Keys = Pick<Collection<KeyDocument>, 'findOne' | 'insert'>;

async function createOnce<R>(
  parts: { readonly mongo: Mongo; readonly keys: Keys; readonly digestKey: Buffer | undefined },
  req: Request,
  { caller, id, before, work, made }: Creation<R>,
): Promise<{ readonly value: R; readonly isReplay: boolean }> {
  const { mongo, keys } = parts;
  const key = keyOf(req, caller, false);
  if (key === undefined) {
    await before?.();
    return { value: await withTransaction(mongo, work), isReplay: false };
  }
  const digest = digestOf(req, parts.digestKey);
  const earlier = async (): Promise<R | undefined> => {
    const stored = await keys.findOne({ _id: key });
    return stored ? made(madeBefore(stored, digest)) : undefined;
  };
  const first = await earlier();
  if (first !== undefined) return { value: first, isReplay: true };
  try {
    await before?.();
    const value = await withTransaction(mongo, async (tx) => {
      await claim(() => keys.insert([{ _id: key, digest, createdAt: new Date(), made: id }], tx));
      return work(tx);
    });
    return { value, isReplay: false };
  } catch (error) {
    const twin = await twinReply(earlier, error instanceof KeyTaken);
    if (twin !== undefined) return { value: twin, isReplay: true };
    throw error instanceof KeyTaken ? inProgress() : error;
  }
}

function madeBefore(stored: KeyDocument, digest: string): string {
  if (stored.digest !== digest || stored.made === undefined) throw usedForAnother();
  return stored.made;
}

async function storedReply(
  keys: { findOne(filter: { _id: string }): Promise<KeyDocument | null> },
  asked: { readonly key: string; readonly digest: string; readonly reload: Reload | undefined },
): Promise<Reply | undefined> {
  const stored = await keys.findOne({ _id: asked.key });
  if (!stored) return undefined;
  const reply = replay(stored, asked.digest);
  if (!stored.reply?.isReloaded) return reply;
  return { ...reply, body: await asked.reload?.(stored.reply.headers ?? {}) };
}

/** How long a request waits for its twin before it is told to come again. */
const TWIN_WAITS_MS = [20, 50, 100, 200, 400];

async function twinReply<R>(look: () => Promise<R | undefined>, inFlight: boolean): Promise<R | undefined> {
  for (const wait of inFlight ? TWIN_WAITS_MS : []) {
    const reply = await look();
    if (reply) return reply;
    await pause(wait);
  }
  return look();
}

/** Another request has the key: committed, or in a transaction that is still open. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/**
 * The key's document is the first write of the transaction: a second request with the key conflicts with the open
 * transaction at once, instead of doing the work twice, and a crash leaves nothing locked.
 */
async function claim(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (isDuplicateKey(error) || isWriteConflict(error)) throw new KeyTaken();
    throw error;
  }
}

function inProgress(): Conflict {
  return new Conflict('The first request with this Idempotency-Key is in progress', {
    headers: { 'retry-after': '1' },
  });
}

function usedForAnother(): Unprocessable {
  return new Unprocessable('This Idempotency-Key was used for another request');
}

function replay(stored: KeyDocument, digest: string): Reply {
  if (!stored.reply) throw inProgress();
  if (stored.digest !== digest) throw usedForAnother();
  const { status, headers, text } = stored.reply;
  return {
    status,
    headers: { ...headers, 'idempotency-replayed': 'true' },
    ...(text === undefined ? {} : { body: JSON.parse(text) as unknown }),
  };
}

function store(reply: Reply, isReloaded: boolean): NonNullable<KeyDocument['reply']> {
  const { status, headers, body } = reply;
  if (isReloaded) return { status, ...(headers ? { headers } : {}), isReloaded };
  return {
    status,
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { text: JSON.stringify(body) }),
  };
}

function callerOf(req: Request): string {
  return currentUserOrNone(req)?.sub ?? 'anonymous';
}

/** A key belongs to its caller and its route: nobody can read another's reply by guessing a key. */
function keyOf(req: Request, caller: string, required: boolean): string | undefined {
  const header = req.get('idempotency-key');
  if (header === undefined || header === '') {
    if (required) throw new PreconditionRequired('Idempotency-Key');
    return undefined;
  }
  if (!/^[\x21-\x7e]{8,200}$/.test(header)) {
    throw new Invalid([{ path: 'header.idempotency-key', message: '8 to 200 printable characters' }]);
  }
  // A client may have put anything into its key: only a digest of it is kept.
  return createHash('sha256')
    .update(JSON.stringify([caller, req.method, routeOf(req), header]))
    .digest('base64url');
}

function digestOf(req: Request, key: Buffer | undefined): string {
  const hash = key ? createHmac('sha256', key) : createHash('sha256');
  return hash
    .update(`${req.originalUrl}\n`)
    .update(JSON.stringify(req.body ?? null))
    .digest('base64');
}
