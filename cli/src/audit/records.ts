import { isSameHash, sha256 } from '@careplane/tlog';
import type { LogEntry } from '@careplane/tlog';
import { Tampered } from './tampered.ts';

/** The file of the sealed records, one a line, in the order of the log: `{"id": "...", "sealed": "base64"}`. */
export const RECORDS = 'records.ndjson';

interface SealedRecord {
  readonly id: string;
  readonly sealed: string;
}

/** Checks that the line is the record of this entry. @throws Tampered */
export function verifyRecord(line: Buffer | undefined, { id, hash }: LogEntry, index: number): void {
  if (line === undefined) throw new Tampered(`its record is missing from ${RECORDS}`, { index, id });
  const record = parseRecord(line);
  if (record === undefined) throw new Tampered(`its line in ${RECORDS} is no record`, { index, id });
  if (record.id !== id)
    throw new Tampered(`${RECORDS} has the record ${record.id} in its place`, { index, id });
  if (!isSameHash(sha256(Buffer.from(record.sealed, 'base64')), hash))
    throw new Tampered('its record is not the one that was logged', { index, id });
}

/** The record of a line; undefined when it is none. */
export function parseRecord(line: Buffer): SealedRecord | undefined {
  try {
    const { id, sealed } = JSON.parse(line.toString()) as Partial<Record<keyof SealedRecord, unknown>>;
    return typeof id === 'string' && typeof sealed === 'string' ? { id, sealed } : undefined;
  } catch {
    return undefined; // the caller names the entry
  }
}
