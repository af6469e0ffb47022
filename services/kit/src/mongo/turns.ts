import type { Collection } from './collection.ts';
import type { CollectionSpec } from './collections.ts';
import { isDuplicateKey } from './errors.ts';
import type { Transaction } from './transaction.ts';

/** What transactions write that must not be decided side by side. The id says about what. */
export interface Turn {
  _id: string;
  uses: number;
  createdAt: Date;
}

/** Where turns are kept. One is needed no longer than its transaction; a day is far more than that. */
export function turnCollection(name: string): CollectionSpec {
  return { name, indexes: [{ key: { createdAt: 1 }, name: 'expiry', expireAfterSeconds: 86_400 }] };
}

/**
 * Lets the transactions that take the same turn see each other, whatever they count or look for: transactions of one snapshot do not see
 * what the other one makes, unless both write the same document. Then the second one conflicts, and is repeated after the first.
 */
export async function takeTurn(turns: Collection<Turn>, tx: Transaction, id: string): Promise<void> {
  const createdAt = new Date();
  const update = { $inc: { uses: 1 }, $set: { createdAt } };
  const { matchedCount } = await turns.updateOne({ _id: id }, update, tx);
  if (matchedCount > 0) return;
  try {
    await turns.insert([{ _id: id, uses: 1, createdAt }], tx);
  } catch (error) {
    // the other one has committed since this transaction began: to repeat it is right, though the server does not say so
    if (isDuplicateKey(error)) error.addErrorLabel('TransientTransactionError');
    throw error;
  }
}
