import { randomUUID } from 'node:crypto';
import {
  Conflict,
  Forbidden,
  Invalid,
  isDuplicateKey,
  NotFound,
  takeTurn,
  TooManyRequests,
  withTransaction,
} from '@careplane/kit';
import type { AuditTrail, Cache, Collection, Mongo, Transaction, Turn } from '@careplane/kit';
import type { Subject } from '@careplane/access';
import type { AccountRecord } from '../accounts/account.ts';
import { createLimiter, isWithin } from '../accounts/limiter.ts';
import type { Notices } from '../accounts/notices.ts';
import { accountEvent } from '../trail/account-event.ts';
import { fingerprintOf, PUBLIC_KEY_TURNS } from './public-key.ts';
import type { NewPublicKey, PublicKeyRecord } from './public-key.ts';

/** The directory of public keys. A key is published and ended by its owner alone, who hears of both by mail; both are in the audit. */
export interface PublicKeys {
  /** @throws Invalid; Conflict when somebody has published the key, or the owner has too many; TooManyRequests */
  publish(subject: Subject, key: NewPublicKey): Promise<{ key: PublicKeyRecord; isNew: boolean }>;
  /** All keys of these owners, also those that have ended: by them old signatures are verified. */
  of(owners: readonly string[]): Promise<PublicKeyRecord[]>;
  /** From now on nobody encrypts to it. Once more does nothing. @throws NotFound for the key of another */
  end(subject: Subject, id: string): Promise<PublicKeyRecord>;
  /** Ends all keys of somebody whose account is removed: nobody is left who would read. */
  endAll(owner: string, tx: Transaction): Promise<void>;
  /** Counts a look-up. @throws TooManyRequests */
  countLookUp(subject: Subject): Promise<void>;
}

export interface PublicKeysOptions {
  readonly mongo: Mongo;
  readonly records: Collection<PublicKeyRecord>;
  readonly accounts: Collection<AccountRecord>;
  readonly notices: Notices;
  readonly audit: AuditTrail;
  readonly cache: Cache;
  readonly now?: () => Date;
}

/** Devices of one person, with one key of signatures each; who has lost one ends its keys. */
const MOST_IN_USE = 20;
const HOUR_S = 3_600;
const ADDITIONS = { name: 'public-keys', points: 20, duration: HOUR_S } as const;
const LOOK_UPS = { name: 'public-key-look-ups', points: 300, duration: 60 } as const;

export function createPublicKeys(options: PublicKeysOptions): PublicKeys {
  const { mongo, records, audit, cache, now = () => new Date() } = options;
  const [additions, lookUps] = [createLimiter(cache, ADDITIONS), createLimiter(cache, LOOK_UPS)];
  const turns = mongo.collection<Turn>(PUBLIC_KEY_TURNS);
  const requireRoom = async (owner: string, tx: Transaction): Promise<void> => {
    await takeTurn(turns, tx, owner);
    const inUse = inUseBy(owner, now());
    const { session } = tx;
    if ((await records.count(inUse, { session, limit: MOST_IN_USE })) >= MOST_IN_USE)
      throw new Conflict(`${String(MOST_IN_USE)} keys are in use: end one of them`);
  };
  const tell = async (told: Told, subject: Subject, id: string, tx: Transaction): Promise<void> => {
    const account = await options.accounts.findOne({ _id: subject.id }, tx);
    if (!account) throw new Forbidden();
    await options.notices.tell(account, told, tx);
    const also = [{ type: 'public-key', id }];
    await audit.add(tx, [accountEvent(told, account, { client: subject.client, also })]);
  };
  return {
    async publish(subject, given) {
      const fingerprint = await fingerprintOf(given);
      requireFuture(given.until, now());
      const owner = ownerOf(subject);
      await requireWithin(additions, subject, HOUR_S);
      const { kind, publicKey, until } = given;
      const key: PublicKeyRecord = {
        ...{ _id: randomUUID(), owner, account: subject.id, client: subject.client },
        ...{ kind, publicKey, fingerprint, from: now() },
        ...(until === undefined ? {} : { until: new Date(until) }),
      };
      try {
        await withTransaction(mongo, async (tx) => {
          await requireRoom(owner, tx);
          await records.insert([key], tx);
          await tell('public-key-added', subject, key._id, tx);
        });
        return { key, isNew: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const known = await records.findOne({ fingerprint });
        // the answer to the first time was lost
        if (known?.owner === owner && isInUse(known, now())) return { key: known, isNew: false };
        throw new Conflict('The key was published before');
      }
    },
    of: (owners) =>
      records.find({ owner: { $in: [...owners] } }, { sort: { owner: 1, from: 1 }, limit: MOST_SHOWN }),
    end: (subject, id) =>
      withTransaction(mongo, async (tx) => {
        const own = { _id: id, owner: ownerOf(subject) };
        const found = await records.findOne(own, tx);
        if (!found) throw new NotFound();
        const until = now();
        if (!isInUse(found, until)) return found;
        await records.updateOne(own, { $set: { until } }, tx);
        await tell('public-key-ended', subject, id, tx);
        return { ...found, until };
      }),
    async endAll(owner, tx): Promise<void> {
      await takeTurn(turns, tx, owner); // none is published beside it
      await records.updateMany(inUseBy(owner, now()), { $set: { until: now() } }, tx);
    },
    countLookUp: (subject) => requireWithin(lookUps, subject, LOOK_UPS.duration),
  };
}

/** What the owner is told, and the audit. */
type Told = 'public-key-added' | 'public-key-ended';

/** Of several owners; one who ends and publishes keys every hour has some thousand in a week. */
const MOST_SHOWN = 1_000;

function inUseBy(owner: string, now: Date): Parameters<Collection<PublicKeyRecord>['count']>[0] {
  return { owner, $or: [{ until: { $exists: false } }, { until: { $gt: now } }] };
}

function isInUse({ until }: PublicKeyRecord, now: Date): boolean {
  return until === undefined || until > now;
}

/** @throws Invalid for a key that would be ended before it is used */
function requireFuture(until: string | undefined, now: Date): void {
  if (until !== undefined && new Date(until) <= now)
    throw new Invalid([{ path: 'body.until', message: 'a time that is to come' }]);
}

/** @throws Forbidden who is no person of this clinic */
export function ownerOf({ person }: Subject): string {
  if (!person) throw new Forbidden('Keys are published by patients and practitioners');
  return `${person.type}/${person.id}`;
}

async function requireWithin(
  limiter: ReturnType<typeof createLimiter>,
  { id }: Subject,
  waitSeconds: number,
): Promise<void> {
  if (!(await isWithin(limiter, id))) throw new TooManyRequests(waitSeconds);
}
