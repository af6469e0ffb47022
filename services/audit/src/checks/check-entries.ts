import { KeyDestroyed, KeyMissing, Tampered } from '@careplane/kit';
import type { BlindIndex, Collection, Logger } from '@careplane/kit';
import { isSameHash, parseBundle, parseCheckpoint, parseEntry, sha256, tilesOf } from '@careplane/tlog';
import type { LogEntry, TileId } from '@careplane/tlog';
import type { Entry } from '../events/store.ts';
import type { AuditLog } from '../log/index.ts';
import { indexFaults } from '../sealing/index-faults.ts';
import type { Sealer } from '../sealing/sealer.ts';

/**
 * What an entry of the log is: `right`; `erased` with its patient; `changed`, when it is not found by what it says; `replaced`, when its
 * record is not the one that was logged; `missing` without a record; `unreadable` when its record does not open.
 */
export const CHECK_RESULTS = ['right', 'erased', 'changed', 'replaced', 'missing', 'unreadable'] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

export interface CheckParts {
  readonly log: Pick<AuditLog, 'latest' | 'tile'>;
  readonly entries: Pick<Collection<Entry>, 'find'>;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly index: BlindIndex;
  readonly logger: Pick<Logger, 'error'>;
  readonly observe: (result: CheckResult) => void;
}

/**
 * Goes through the log once, bundle by bundle: whether each entry has its record, and is found by what that says. What is wrong is told with
 * its id. Holds one bundle at a time.
 * @param turn is awaited before each bundle; it rejects to end the check
 */
export async function checkEntries(parts: CheckParts, turn: () => Promise<void>): Promise<void> {
  const { size } = parseCheckpoint(await parts.log.latest());
  for (const bundle of tilesOf(size, 'entries')) {
    await turn();
    await checkBundle(parts, bundle);
  }
}

async function checkBundle(
  { log, entries, logger, observe, ...parts }: CheckParts,
  bundle: TileId,
): Promise<void> {
  const logged = parseBundle((await log.tile(bundle)) ?? new Uint8Array()).map(parseEntry);
  const found = await entries.find({ _id: { $in: logged.map(({ id }) => id) } });
  const byId = new Map(found.map((record) => [record._id, record]));
  for (const entry of logged) {
    const { result, fields } = await checkEntry(entry, byId.get(entry.id), parts);
    observe(result);
    if (result !== 'right' && result !== 'erased')
      logger.error('audit: an entry is not as it was logged', { entry: entry.id, result, fields });
  }
}

interface Checked {
  readonly result: CheckResult;
  /** Of the index, that are wrong. */
  readonly fields?: readonly string[];
}

async function checkEntry(
  { id, hash }: LogEntry,
  record: Entry | undefined,
  { sealer, index }: Pick<CheckParts, 'sealer' | 'index'>,
): Promise<Checked> {
  if (record === undefined) return { result: 'missing' };
  if (!isSameHash(sha256(record.sealed.value()), hash)) return { result: 'replaced' };
  try {
    const fields = indexFaults(record.index, await sealer.open(id, record.sealed, record.index), index);
    return fields.length === 0 ? { result: 'right' } : { result: 'changed', fields };
  } catch (error) {
    if (error instanceof KeyDestroyed) return { result: 'erased' };
    if (error instanceof Tampered || error instanceof KeyMissing) return { result: 'unreadable' };
    throw error;
  }
}
