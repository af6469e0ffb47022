import { PreconditionFailed } from '../http/errors.ts';
import type { Collection } from '../mongo/collection.ts';
import type { CollectionSpec } from '../mongo/collections.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import type { Transaction } from '../mongo/transaction.ts';

/** That a conditional create with these criteria was made. The id is a digest of the criteria. */
export interface CriteriaClaim {
  _id: string;
  uses: number;
  createdAt: Date;
}

/** Where claims are kept. One is needed no longer than its transaction; a day is far more than that. */
export const criteriaClaims: CollectionSpec = {
  name: 'conditional_creates',
  indexes: [{ key: { createdAt: 1 }, name: 'expiry', expireAfterSeconds: 86_400 }],
};

/** Of a conditional create: its criteria, and what they find. */
export interface Condition<T> {
  /**
   * A digest of the type and the criteria; where criteria are about persons a keyed one for each lookup key, in one order for all
   * replicas.
   */
  readonly fingerprints: readonly string[];
  /** Up to two matches. */
  readonly find: (tx: Transaction) => Promise<readonly T[]>;
}

/**
 * The one match of a conditional create, within the transaction that makes the resource when there is none: however many ask
 * at once, one makes it and the others find it. It must be the first thing of the transaction that looks at resources.
 * @throws PreconditionFailed when there are several
 */
export async function findExisting<T>(
  claims: Collection<CriteriaClaim>,
  tx: Transaction,
  { fingerprints, find }: Condition<T>,
): Promise<T | undefined> {
  for (const fingerprint of fingerprints) await claim(claims, tx, fingerprint);
  return onlyMatch(await find(tx));
}

/** @throws PreconditionFailed when there are several */
export function onlyMatch<T>([first, second]: readonly T[]): T | undefined {
  if (second !== undefined) throw new PreconditionFailed();
  return first;
}

/**
 * Transactions of one snapshot do not see what the other one makes, unless both write the same document: then the second one
 * conflicts, and is repeated after the first.
 */
async function claim(claims: Collection<CriteriaClaim>, tx: Transaction, fingerprint: string): Promise<void> {
  const createdAt = new Date();
  const update = { $inc: { uses: 1 }, $set: { createdAt } };
  const { matchedCount } = await claims.updateOne({ _id: fingerprint }, update, tx);
  if (matchedCount > 0) return;
  try {
    await claims.insert([{ _id: fingerprint, uses: 1, createdAt }], tx);
  } catch (error) {
    // the other one has committed since this transaction began: to repeat it is right, though the server does not say so
    if (isDuplicateKey(error)) error.addErrorLabel('TransientTransactionError');
    throw error;
  }
}
