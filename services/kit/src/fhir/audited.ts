import type { Transaction } from '../mongo/transaction.ts';
import type { InteractionAudit } from './definition.ts';
import type { Resource } from './resource.ts';

/** The work of a transaction that writes one resource, with the entry of the write as its last part. */
export function audited<R extends Resource>(
  audit: InteractionAudit,
  work: (tx: Transaction) => Promise<R>,
): (tx: Transaction) => Promise<R> {
  return async (tx) => {
    const written = await work(tx);
    await audit.written(tx, written);
    return written;
  };
}
