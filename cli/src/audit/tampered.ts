import { Malformed, NotVerified } from '@careplane/tlog';

/** Which entry. */
export interface EntryAt {
  readonly index: number;
  /** Its id, as the log or the records tell it. */
  readonly id?: string | undefined;
}

/** The first thing in an export that is not as its log has signed it. */
export class Tampered extends Error {
  override readonly name = 'Tampered';
  /** Where one entry is wrong. */
  readonly entry: EntryAt | undefined;

  constructor(message: string, entry?: EntryAt) {
    super(entry ? `${describeEntry(entry)}: ${message}` : message);
    this.entry = entry;
  }
}

function describeEntry({ index, id }: EntryAt): string {
  return id === undefined ? `entry ${index}` : `entry ${index} (${id})`;
}

/** Reads something: what the formats refuse is a finding about `what`. */
export function reading<T>(what: string, read: () => T, entry?: EntryAt): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed || error instanceof NotVerified)
      throw new Tampered(`${what}: ${error.message}`, entry);
    throw error;
  }
}
