import type { Collection, Transaction } from '@careplane/kit';

/** That a conditional create with these criteria was made. The id is a keyed digest of the criteria, one for each lookup key. */
export interface CriteriaClaim {
  _id: string;
  uses: number;
  createdAt: Date;
}

/**
 * Makes two conditional creates with the same criteria write the same document, so that the second one sees what the first
 * one made: it conflicts with the open transaction and is repeated after it.
 * @throws a duplicate key error when the first one committed after this transaction began
 */
export async function claimCriteria(
  claims: Collection<CriteriaClaim>,
  tx: Transaction,
  fingerprints: readonly string[],
): Promise<void> {
  const createdAt = new Date();
  const update = { $inc: { uses: 1 }, $set: { createdAt } };
  for (const _id of fingerprints) {
    const { matchedCount } = await claims.updateOne({ _id }, update, tx);
    if (matchedCount === 0) await claims.insert([{ _id, uses: 1, createdAt }], tx);
  }
}
