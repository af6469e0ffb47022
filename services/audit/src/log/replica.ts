import { isDuplicateKey } from '@careplane/kit';
import type { EntryBytes } from './batch.ts';
import type { LogHead } from './head.ts';
import type { LogStore } from './store.ts';
import { Turns } from './turns.ts';

/** A replica's view of the log: it follows the batches that all replicas insert, and inserts its own after them. */
export class Replica {
  readonly #store: LogStore;
  readonly #head: LogHead;
  readonly #turns = new Turns();

  constructor(store: LogStore, head: LogHead) {
    this.#store = store;
    this.#head = head;
  }

  /** The head as it is now. */
  get head(): LogHead {
    return this.#head;
  }

  /** Takes up the batches that other replicas have inserted. @throws LogBroken, and the driver's errors */
  follow(): Promise<void> {
    return this.#turns.run(() => this.#follow());
  }

  /**
   * Appends the entries as one batch, which is on a majority then.
   * @returns `appended`; or why nothing was: `overtaken` by another replica, or one of the entries is `known` to the log
   * @throws LogBroken, and the driver's errors: then the batch may be there, or not
   */
  append(entries: readonly EntryBytes[]): Promise<'appended' | 'overtaken' | 'known'> {
    return this.#turns.run(async () => {
      // Before a further batch: so tiles of all batches but the last are there, whoever dies when.
      await this.#store.storeTiles(this.#head.finished);
      const batch = this.#head.propose(entries);
      try {
        await this.#store.insertBatch(batch);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        await this.#follow();
        return isAboutIds(error) ? 'known' : 'overtaken';
      }
      this.#head.apply(batch);
      return 'appended';
    });
  }

  async #follow(): Promise<void> {
    for (;;) {
      const batches = await this.#store.batchesFrom(this.#head.nextBatch);
      if (batches.length === 0) return;
      for (const batch of batches) this.#head.apply(batch);
    }
  }
}

/** Whether the duplicate is an entry, not the batch's number. */
function isAboutIds(error: Error & { readonly keyPattern?: unknown }): boolean {
  return typeof error.keyPattern === 'object' && error.keyPattern !== null && 'ids' in error.keyPattern;
}
