import { PreconditionFailed } from '../http/errors.ts';
import type { Collection } from '../mongo/collection.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { takeTurn, turnCollection } from '../mongo/turns.ts';
import type { Turn } from '../mongo/turns.ts';

/** That a conditional create with these criteria was made. The id is a digest of the criteria. */
export type CriteriaClaim = Turn;

/** Where claims are kept. */
export const criteriaClaims = turnCollection('conditional_creates');

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
  for (const fingerprint of fingerprints) await takeTurn(claims, tx, fingerprint);
  return onlyMatch(await find(tx));
}

/** @throws PreconditionFailed when there are several */
export function onlyMatch<T>([first, second]: readonly T[]): T | undefined {
  if (second !== undefined) throw new PreconditionFailed();
  return first;
}
