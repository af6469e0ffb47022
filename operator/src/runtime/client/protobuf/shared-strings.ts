/** Enough for the names, labels and owners of what one moment brings. */
const SLOTS = 1_024;
const LONGEST = 64;

const strings = new Array<string>(SLOTS).fill('');

/**
 * A text of the bytes; the same string as before where a recent one was equal. A child has its owner's name several times over and
 * its namespace with thousands: for each a string of its own would be megabytes.
 */
export function sharedString(bytes: Buffer, from: number, to: number): string {
  if (to - from > LONGEST) return bytes.toString('utf8', from, to);
  let hash = to - from;
  let all = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    all |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  // Only of ASCII is a character a byte, as the comparison takes it.
  if (all > 0x7f) return bytes.toString('utf8', from, to);
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = strings[slot] ?? '';
  if (isText(known, bytes, from, to)) return known;
  const text = bytes.toString('latin1', from, to);
  strings[slot] = text;
  return text;
}

function isText(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let index = 0; index < text.length; index++)
    if (text.charCodeAt(index) !== bytes[from + index]) return false;
  return true;
}
