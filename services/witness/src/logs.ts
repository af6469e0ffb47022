import { insertUnlessThere } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { encodeVerifierKey, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';

/** The collection of keys that logs have brought themselves, by log. */
export const KEYS = 'keys';

interface StoredKey {
  /** The log's origin. */
  readonly _id: string;
  readonly key: string;
}

/** What a log hears that introduces itself: `other-key` when another key is known as that log's. */
export type Introduction = 'known' | 'unknown-log' | 'other-key';

/** The logs whose checkpoints are cosigned. */
export interface Logs {
  /** The keys of a log; none when the log is unknown. */
  keysOf(origin: string): Promise<readonly VerifierKey[]>;
  /** Takes the key of a log that may bring its own one, when it is the first. */
  introduce(key: VerifierKey): Promise<Introduction>;
}

export interface LogsOptions {
  /** Keys that a person has configured: their logs bring none. */
  readonly configured: readonly VerifierKey[];
  /** The origins of logs that bring their keys. */
  readonly origins: readonly string[];
}

/**
 * Trust on first use: whoever can write to the audit's database later cannot make the witness believe in another key, since the first one is
 * kept in the witness's own database.
 */
export function knownLogs(mongo: Pick<Mongo, 'collection'>, { configured, origins }: LogsOptions): Logs {
  const stored: Collection<StoredKey> = mongo.collection<StoredKey>(KEYS);
  const keysOf = async (origin: string): Promise<readonly VerifierKey[]> => {
    const given = configured.filter(({ name }) => name === origin);
    if (given.length > 0 || !origins.includes(origin)) return given;
    const first = await stored.findOne({ _id: origin });
    return first ? [parseVerifierKey(first.key)] : [];
  };
  return {
    keysOf,
    async introduce(key) {
      const text = encodeVerifierKey(key);
      const isConfigured = configured.some(({ name }) => name === key.name);
      if (!isConfigured && !origins.includes(key.name)) return 'unknown-log';
      if (!isConfigured) await insertUnlessThere(stored, { _id: key.name, key: text });
      const known = await keysOf(key.name);
      return known.some((one) => encodeVerifierKey(one) === text) ? 'known' : 'other-key';
    },
  };
}
