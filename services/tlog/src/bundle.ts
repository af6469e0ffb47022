import { Malformed } from './errors.ts';

const LENGTH_BYTES = 2;
const LONGEST = 0xff_ff;

/** An entry bundle: each entry after its length in two bytes, big-endian (c2sp.org/tlog-tiles). */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [lengthOf(entry), entry]));
}

/** The entries of a bundle. @throws Malformed when it ends within an entry */
export function parseBundle(bundle: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) throw cut(entries.length);
    const from = at + LENGTH_BYTES;
    at = from + bytes.readUInt16BE(at);
    if (at > bytes.length) throw cut(entries.length);
    entries.push(bytes.subarray(from, at));
  }
  return entries;
}

function lengthOf(entry: Uint8Array): Buffer {
  if (entry.length > LONGEST) throw new RangeError(`an entry has at most ${LONGEST} bytes`);
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt16BE(entry.length);
  return length;
}

function cut(at: number): Malformed {
  return new Malformed(`the bundle ends within its entry ${at}`);
}
