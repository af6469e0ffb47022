import { HttpProblem } from '../http/errors.ts';

/**
 * Error classes whose message is written by code and cannot quote a request. A driver's message may quote data (a
 * duplicate e-mail), a SyntaxError of JSON quotes the body: of all others only name, code and frames are kept.
 */
const SAFE_MESSAGES = new Set([
  'ConfigError',
  'BindingError',
  'TypeError',
  'ReferenceError',
  'RangeError',
  'AssertionError',
  'TimeoutError',
  'AbortError',
  'Poison',
  'UnroutableError',
  'NotConfirmedError',
  'AmqpUnavailableError',
  'CallFailed',
  'IndexesRefused',
  'KeyDestroyed',
  'KeyMissing',
  'KeysDoNotFit',
  'KeysUnavailable',
  'MongoNetworkError',
  'MongoServerSelectionError',
  'Tampered',
  'UnknownKeyVersion',
]);

/** What may be logged of an error: never its message unless the class is known not to quote data. */
export interface ErrorFields {
  readonly error: string;
  readonly code?: string;
  readonly reason?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

/** Describes anything thrown without personal data. */
export function describeError(thrown: unknown, depth = 0): ErrorFields {
  if (!Error.isError(thrown)) return { error: typeof thrown };
  const code = codeOf(thrown);
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: thrown.name,
    ...(code === undefined ? {} : { code }),
    ...(isSafe(thrown) ? { reason: thrown.message } : {}),
    ...(frames.length > 0 ? { stack: frames.slice(0, 8).join('\n') } : {}),
    ...(thrown.cause !== undefined && depth < 3 ? { cause: describeError(thrown.cause, depth + 1) } : {}),
  };
}

/** A short stable word for an error, fit for a header or a label: its code or its class. */
export function errorCode(thrown: unknown): string {
  if (!Error.isError(thrown)) return 'Unknown';
  return codeOf(thrown) ?? thrown.name;
}

function isSafe(error: Error): boolean {
  return error instanceof HttpProblem || SAFE_MESSAGES.has(error.name) || isSystemError(error);
}

/** Node's own system errors hold a syscall and an address of this platform. */
function isSystemError(error: Error): boolean {
  return 'syscall' in error && 'errno' in error;
}

function codeOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : undefined;
}
