import { createHash, createHmac } from 'node:crypto';
import type { Hash, Hmac } from 'node:crypto';
import type { Subject } from '@careplane/access';
import type { Request } from 'express';
import { currentUserOrNone } from '../auth/current-user.ts';
import type { Created } from '../fhir/definition.ts';
import type { Stored } from '../fhir/resource.ts';
import { ensureCollections } from '../mongo/mongo.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { isDuplicateKey, isWriteConflict } from '../mongo/errors.ts';
import { withTransaction } from '../mongo/transaction.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { pause } from '../resilience/backoff.ts';
import { Conflict, HttpProblem, Invalid, PreconditionRequired, Unprocessable } from './errors.ts';
import { routeOf } from './observe.ts';
import { requestSignal } from './timeout.ts';
import type { Reply } from './route.ts';

/** Runs creates at most once per `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface Idempotency {
  /**
   * Runs `work` in a transaction that also holds the key and what was answered: both are committed or neither. The same key
   * again answers the same status and headers with `Idempotency-Replayed: true`, and the body that `replay` reads again; a
   * failed `work` leaves no key, so it may be repeated. What is stored is a digest, a status and an id: no content.
   * @throws Unprocessable (422) when the key was used for another request; Conflict (409, Retry-After) while the first
   * is in progress; PreconditionRequired (428) when the key is required and absent.
   */
  run(req: Request, options: IdempotencyRun, work: (tx: Transaction) => Promise<Reply>): Promise<Reply>;
  /**
   * The same for what makes one FHIR resource: what a store's `create` answers.
   * @throws HttpProblem 410 when what was made then is gone
   */
  create<R extends Stored>(
    req: Request,
    options: IdempotentCreate<R>,
    work: (tx: Transaction) => Promise<R>,
  ): Promise<Created<R>>;
}

export interface IdempotentCreate<R extends Stored> extends Omit<IdempotencyRun, 'replay'> {
  /** Reads again what the first request made or found. */
  readonly reread: (made: Made) => Promise<R | undefined>;
  /** Of a conditional create: what is there already, see `findExisting`. The work is then not done. */
  readonly existing?: ((tx: Transaction) => Promise<R | undefined>) | undefined;
}

/** The resource that a reply was about. */
export interface Made {
  readonly type?: string;
  readonly id: string;
  readonly versionId?: string;
}

export interface IdempotencyRun {
  readonly required: boolean;
  /** Whose key it is; without it the verified user of the request. FHIR stores give `interaction.subject`. */
  readonly caller?: Subject;
  /** A cheap check made before the transaction and after the look for a stored reply; throws to refuse. */
  readonly before?: () => Promise<void>;
  /** Reads again what the first request made: the body of a replay. Without it a replay has none. */
  readonly replay?: (made: Made) => Promise<unknown>;
}

export interface IdempotencyOptions {
  readonly mongo: Mongo;
  /**
   * Keys the request's digest (HMAC-SHA-256). Needed where a body holds a secret: an unkeyed digest of a password
   * could be searched offline. Of several the first is used, and the others are those of replicas that have another one first.
   */
  readonly digestKey?: Buffer | readonly Buffer[];
  /** How long a key is remembered, in seconds. Default one day. */
  readonly ttlSeconds?: number;
}

interface KeyDocument {
  /** A digest of caller, route and key. */
  _id: string;
  /** Of the request. */
  digest: string;
  createdAt: Date;
  reply?: { status: number; location?: string; etag?: string; made?: Made };
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
  const run: Idempotency['run'] = async (req, { required, caller, before, replay }, work) => {
    const key = keyOf(req, required, caller);
    const signal = requestSignal(req);
    if (key === undefined) {
      await before?.();
      return withTransaction(mongo, work, { signal });
    }
    const [digest, ...others] = digestsOf(req, options.digestKey);
    const look = async (): Promise<Reply | undefined> => {
      const stored = await keys.findOne({ _id: key });
      return stored ? replayed(stored, [digest, ...others], replay) : undefined;
    };
    const earlier = await look();
    if (earlier) return earlier;
    try {
      await before?.();
      const keyed = async (tx: Transaction): Promise<Reply> => {
        await claim(() => keys.insert([{ _id: key, digest, createdAt: new Date() }], tx));
        const reply = await work(tx);
        await keys.updateOne({ _id: key }, { $set: { reply: store(reply) } }, tx);
        return reply;
      };
      return await withTransaction(mongo, keyed, { signal });
    } catch (error) {
      // whatever failed may have failed because the same request, sent twice at once, succeeded meanwhile
      const winner = await twinReply(look, error instanceof KeyTaken);
      if (winner) return winner;
      throw error instanceof KeyTaken ? inProgress() : error;
    }
  };
  return { run, create: (req, how, work) => createBy(run, { req, ...how }, work) };
}

async function createBy<R extends Stored>(
  run: Idempotency['run'],
  options: IdempotentCreate<R> & { readonly req: Request },
  work: (tx: Transaction) => Promise<R>,
): Promise<Created<R>> {
  const { req, reread, existing, ...rest } = options;
  const reply = await run(req, { ...rest, replay: reread }, async (tx) => {
    const found = await existing?.(tx);
    return { status: found ? 200 : 201, body: found ?? (await work(tx)) };
  });
  if (reply.body === undefined) {
    throw new HttpProblem(410, 'Gone', { detail: 'What this Idempotency-Key made is there no more' });
  }
  const made = { resource: reply.body as R, created: reply.status === 201 };
  return isReplay(reply) ? { ...made, replayed: true } : made;
}

const REPLAYED = 'idempotency-replayed';

function isReplay({ headers }: Reply): boolean {
  return headers?.[REPLAYED] === 'true';
}

/** How long a request waits for its twin before it is told to come again. */
const TWIN_WAITS_MS = [20, 50, 100, 200, 400];

async function twinReply(
  look: () => Promise<Reply | undefined>,
  inFlight: boolean,
): Promise<Reply | undefined> {
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

async function replayed(
  stored: KeyDocument,
  digests: readonly string[],
  reread: IdempotencyRun['replay'],
): Promise<Reply> {
  if (!stored.reply) throw inProgress();
  if (!digests.includes(stored.digest)) throw new Unprocessable('This Idempotency-Key was used for another request');
  const { status, location, etag, made } = stored.reply;
  const body = made && (await reread?.(made));
  return {
    status,
    headers: {
      ...(location === undefined ? {} : { location }),
      ...(etag === undefined ? {} : { etag }),
      [REPLAYED]: 'true',
    },
    ...(body === undefined ? {} : { body }),
  };
}

function store({ status, headers = {}, body }: Reply): NonNullable<KeyDocument['reply']> {
  const { location, etag } = headers;
  const made = madeOf(body);
  return {
    status,
    ...(location === undefined ? {} : { location }),
    ...(etag === undefined ? {} : { etag }),
    ...(made ? { made } : {}),
  };
}

/** An id, as FHIR writes them, is no content; whatever else a body holds is not kept. */
const ID = /^[A-Za-z0-9.-]{1,64}$/;

function madeOf(body: unknown): Made | undefined {
  const { id, resourceType, meta } = (body ?? {}) as {
    readonly id?: unknown;
    readonly resourceType?: unknown;
    readonly meta?: { readonly versionId?: unknown };
  };
  const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
  if (!isId(id)) return undefined;
  return {
    id,
    ...(isId(resourceType) ? { type: resourceType } : {}),
    ...(isId(meta?.versionId) ? { versionId: meta.versionId } : {}),
  };
}

/** A key belongs to its caller and its route: nobody learns of another's reply by guessing a key. */
function keyOf(req: Request, required: boolean, subject: Subject | undefined): string | undefined {
  const header = req.get('idempotency-key');
  if (header === undefined || header === '') {
    if (required) throw new PreconditionRequired('Idempotency-Key');
    return undefined;
  }
  if (!/^[\x21-\x7e]{8,200}$/.test(header)) {
    throw new Invalid([{ path: 'header.idempotency-key', message: '8 to 200 printable characters' }]);
  }
  const caller = subject ? `${subject.client} ${subject.id}` : (currentUserOrNone(req)?.sub ?? 'anonymous');
  return createHash('sha256')
    .update(`${caller}|${req.method} ${routeOf(req)}|${header}`)
    .digest('base64url');
}

function digestsOf(req: Request, key: IdempotencyOptions['digestKey']): [string, ...string[]] {
  const body = JSON.stringify(req.body ?? null);
  const digestBy = (hash: Hash | Hmac): string =>
    hash.update(`${req.originalUrl}\n`).update(body).digest('base64');
  const [first, ...others] = [key ?? []].flat().map((one) => digestBy(createHmac('sha256', one)));
  return first === undefined ? [digestBy(createHash('sha256'))] : [first, ...others];
}
