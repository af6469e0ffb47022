import type { ByteRange } from '../chunks/index.ts';

/**
 * What a `Range` header asks for of so many bytes (RFC 9110, 14.1.2): one range, or undefined when all of it is answered, as a server may for
 * several ranges and must for what it does not understand.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  if (from === '') return lastBytes(Number(to), size);
  return between(Number(from), to === '' ? Infinity : Number(to), size);
}

function lastBytes(count: number, size: number): ByteRange | 'unsatisfiable' {
  const last = Math.min(count, size);
  return last === 0 ? 'unsatisfiable' : { start: size - last, end: size - 1 };
}

function between(start: number, to: number, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (to < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(to, size - 1) };
}
