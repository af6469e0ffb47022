import { errorCode, GatewayTimeout, HttpProblem, Unavailable } from '@careplane/kit';
import { BrokenCircuitError } from 'cockatiel';

/** undici's and Node's codes for a request of which the backend cannot have seen anything. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Codes for a connection that broke at an unknown moment. */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const LATE = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** What a failed call says about the backend. */
export type Failure = 'not-sent' | 'broken' | 'late' | 'open' | 'aborted' | 'unknown';

/** Sorts what undici, Node and the breaker throw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BrokenCircuitError) return 'open';
  if (Error.isError(error) && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return 'aborted';
  const code = errorCode(error);
  if (NOT_SENT.has(code)) return 'not-sent';
  if (BROKEN.has(code)) return 'broken';
  return LATE.has(code) ? 'late' : 'unknown';
}

export interface FailedCall {
  /** How long an open circuit stays open. */
  readonly openMs: number;
  /** Whether the client may send it again though it may have been done. */
  readonly repeatable: boolean;
}

const NOT_KNOWN = { detail: 'Whether the request was carried out is not known' } as const;

/** The answer for a failed call. Nobody is told to come again with what may have been done and must not be done twice. */
export function problemOf(error: unknown, { openMs, repeatable }: FailedCall): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const failure = failureOf(error);
  if (failure === 'late') return new GatewayTimeout({ cause: error, ...(repeatable ? {} : NOT_KNOWN) });
  if (failure === 'open')
    return new Unavailable(openMs / 1000, { detail: 'The service behind is recovering' });
  if (failure === 'broken' && !repeatable) {
    return new HttpProblem(502, 'The service behind failed', { cause: error, ...NOT_KNOWN });
  }
  if (failure === 'unknown') return new HttpProblem(502, 'The service behind failed', { cause: error });
  return new Unavailable(1, { detail: 'The service behind cannot be reached', cause: error });
}
