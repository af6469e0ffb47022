import { Malformed } from './errors.ts';
import { HASH_BYTES, sha256 } from './hash.ts';

/** What the log holds of an audit record: which it is, and the hash of its sealed bytes. Nothing of the record itself. */
export interface LogEntry {
  /** The record's UUID, in its text form. */
  readonly id: string;
  /** SHA-256 of the record as it is stored, sealed. */
  readonly hash: Uint8Array;
}

const UUID_BYTES = 16;
/** Bytes of an entry: the UUID, then the hash. */
export const ENTRY_BYTES: number = UUID_BYTES + HASH_BYTES;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The entry of a sealed record. @throws Malformed when the id is no UUID in small letters */
export function encodeEntry(id: string, sealed: Uint8Array): Buffer {
  return Buffer.concat([encodeId(id), sha256(sealed)]);
}

/** @throws Malformed for anything but 48 bytes */
export function parseEntry(entry: Uint8Array): LogEntry {
  if (entry.length !== ENTRY_BYTES) throw new Malformed(`an entry has ${ENTRY_BYTES} bytes`);
  return { id: decodeId(entry.subarray(0, UUID_BYTES)), hash: entry.subarray(UUID_BYTES) };
}

function encodeId(id: string): Buffer {
  if (!UUID.test(id)) throw new Malformed('the id of an entry is a UUID in small letters');
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function decodeId(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
