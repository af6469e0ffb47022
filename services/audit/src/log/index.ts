import type { CollectionSpec, Mongo, ServiceContext } from '@careplane/kit';
import { ensureCollections } from '@careplane/kit';
import { parseCheckpoint } from '@careplane/tlog';
import type { TileId, VerifierKey } from '@careplane/tlog';
import { Appender } from './appender.ts';
import type { NewEntry } from './appender.ts';
import { logCollections } from './collections.ts';
import { keepCosigned, mergeCosigned } from './cosigning.ts';
import type { Witness } from './cosigning.ts';
import type { LogKeys } from './keys.ts';
import { logMetrics } from './metrics.ts';
import { LogReader } from './reader.ts';
import type { SealedRecord } from './reader.ts';
import { Replica } from './replica.ts';
import { LogStore } from './store.ts';

export type { NewEntry } from './appender.ts';
export { ENTRIES } from './collections.ts';
export type { ClearFields, StoredEntry } from './collections.ts';
export type { Witness } from './cosigning.ts';
export { readLogKeys } from './keys.ts';
export type { LogKeys } from './keys.ts';
export { httpWitness } from './http-witness.ts';

/** What a log is made of. */
export interface LogParts {
  readonly ctx: Pick<ServiceContext, 'logger' | 'metrics' | 'lifecycle'>;
  readonly mongo: Mongo;
  readonly keys: LogKeys;
  /** Indexes of the collection `ENTRIES`, over `index.*`. */
  readonly entryIndexes?: CollectionSpec['indexes'];
  /** Who cosigns its checkpoints. */
  readonly witnesses?: readonly Witness[];
}

/** The audit log of a clinic. All replicas append to the same one. */
export interface AuditLog {
  /**
   * Resolves when all of the entries are in the log: stored on a majority, under a signed checkpoint. An entry whose id is there already
   * counts as appended, and stays as it is.
   * @throws RangeError for an entry that no log can hold; Unavailable when it cannot be done now: then all of them may be appended again
   */
  append(entries: readonly NewEntry[]): Promise<void>;
  /** The checkpoint that is published: the latest cosigned one, or the latest when cosignatures stay away. */
  latest(): Promise<string>;
  /** Verifier keys (c2sp.org/signed-note): the log's, its former ones, then those of its witnesses as far as they are known. */
  verifierKeys(): Promise<VerifierKey[]>;
  /** The index of an entry in the log; undefined when it is not there. */
  indexOf(id: string): Promise<number | undefined>;
  /** The bytes of a tile or an entry bundle, of any width that the log has reached; undefined beyond its edge. */
  tile(tile: TileId): Promise<Uint8Array | undefined>;
  /** The sealed records of a bundle, in the order of the log; undefined beyond its edge. */
  records(bundle: Pick<TileId, 'index' | 'width'>): Promise<SealedRecord[] | undefined>;
}

/** How long no new cosignature may come, in milliseconds, before the latest checkpoint is published without. */
const COSIGNED_BEHIND_MS = 10_000;

/** Opens the log that the database holds, or a new one. @throws LogBroken when the database does not hold what its checkpoints sign */
export async function openLog({
  ctx,
  mongo,
  keys,
  entryIndexes,
  witnesses = [],
}: LogParts): Promise<AuditLog> {
  const { logger, lifecycle } = ctx;
  await ensureCollections(mongo, logCollections(entryIndexes));
  const store = new LogStore(mongo);
  const replica = new Replica(store, await store.openHead(keys));
  const reader = new LogReader(store, replica);
  const metrics = logMetrics(ctx, replica);
  const appender = new Appender({ store, replica, logger, observe: metrics.appended });
  const parts = { store, replica, reader, logger, observe: metrics.asked };
  for (const witness of witnesses) void keepCosigned(witness, parts, lifecycle.signal);
  const publish = publishing(store, replica, {
    origin: keys.signing.verifier.name,
    hasWitnesses: witnesses.length > 0,
  });
  return {
    append: (entries) => appender.append(entries),
    latest: publish,
    async verifierKeys() {
      const asked = await Promise.allSettled(witnesses.map((one) => one.key(lifecycle.signal)));
      const known = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      return [...keys.verifiers, ...known];
    },
    indexOf: (id) => store.indexOf(id),
    tile: (tile) => reader.tile(tile),
    records: (bundle) => reader.records(bundle),
  };
}

/** What is published as the checkpoint. */
function publishing(
  store: LogStore,
  replica: Replica,
  { origin, hasWitnesses }: { readonly origin: string; readonly hasWitnesses: boolean },
): () => Promise<string> {
  let [seen, seenAt] = [0, performance.now()];
  return async () => {
    await replica.follow();
    const { checkpoint, size } = replica.head;
    if (!hasWitnesses) return checkpoint;
    const cosigned = mergeCosigned(await store.latestCosigned(origin));
    if (cosigned === undefined) return checkpoint;
    const reached = parseCheckpoint(cosigned).size;
    if (reached === size || reached > seen) [seen, seenAt] = [reached, performance.now()];
    return performance.now() - seenAt < COSIGNED_BEHIND_MS ? cosigned : checkpoint;
  };
}
