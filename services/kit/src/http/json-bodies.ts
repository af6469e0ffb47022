import { isUtf8 } from 'node:buffer';
import express from 'express';
import type { RequestHandler } from 'express';

/** Deeper JSON than any resource needs; what walks it recursively must not run out of stack. */
const DEEPEST = 64;

const NOT_UTF8 = 'entity.not-utf8';
const TOO_DEEP = 'entity.too-deep';

/** Parses JSON bodies (`application/json` and `+json`) in UTF-8, up to a limit of bytes and of depth. */
export function jsonBodies(limitBytes: number): RequestHandler {
  return express.json({
    limit: limitBytes,
    type: ['application/json', 'application/*+json'],
    verify(_req, _res, bytes, encoding): void {
      // a decoder would put U+FFFD in the place of what it cannot read
      if (encoding !== 'utf-8' || !isUtf8(bytes)) throw unreadable(NOT_UTF8, 'The body is not UTF-8');
      if (isDeeperThan(bytes, DEEPEST)) throw unreadable(TOO_DEEP, 'The body is nested too deeply');
    },
  });
}

/** Whether the body parser refused bytes for a reason of ours; the parser says 403 for that. */
export function isUnreadable(thrown: unknown): thrown is Error {
  if (!Error.isError(thrown) || !('type' in thrown)) return false;
  return thrown.type === NOT_UTF8 || thrown.type === TOO_DEEP;
}

function unreadable(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number | undefined> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x5d, 0x7d]);

/** Counts brackets outside strings; whether the JSON is well-formed is the parser's question. */
export function isDeeperThan(bytes: Uint8Array, deepest: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
