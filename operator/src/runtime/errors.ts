/** One reason of several in a refusal (`metav1.StatusCause`). */
export interface Cause {
  reason: string;
  message: string;
  field: string;
}

/** The API server refused a request; `reason` is the machine-readable one of its `Status` answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly path: string;
  /** What the server asked for in `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly Cause[];
  /** Of a list whose token is too old: another that goes on at the same place, in what is there by now. */
  readonly continue: string | undefined;

  constructor(answer: {
    status: number;
    reason: string;
    message: string;
    path: string;
    retryAfterMs?: number;
    causes?: readonly Cause[];
    continue?: string;
  }) {
    super(`${answer.path}: ${answer.status} ${answer.reason}: ${answer.message}`);
    this.name = 'ApiError';
    this.status = answer.status;
    this.reason = answer.reason;
    this.path = answer.path;
    this.retryAfterMs = answer.retryAfterMs;
    this.causes = answer.causes ?? [];
    this.continue = answer.continue;
  }
}

/** The API server could not be asked, or did not answer in time. Whether a write took effect is unknown. */
export class ApiUnreachable extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path}: no answer from the API server: ${describe(cause)}`, { cause });
    this.name = 'ApiUnreachable';
    this.path = path;
  }
}

/** A write was refused here, before it was sent, because the lease may be lost. */
export class WriteFenced extends Error {
  constructor(path: string) {
    super(`${path}: not written, leadership may be lost`);
    this.name = 'WriteFenced';
  }
}

export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** `secrets is forbidden: User "x" cannot list ...`, without the path that our error begins with. */
export function refusalText({ message, path, status, reason }: ApiError): string {
  return message.replace(`${path}: ${String(status)} ${reason}: `, '');
}

/** What the server asked for in `Retry-After`, in milliseconds. */
export function askedPatienceMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
}

const MESSAGE_LIMIT = 500;

/** An error in one line for logs, events and conditions: without credentials of connection strings, and bounded. */
export function describe(error: unknown): string {
  const text = Error.isError(error) ? error.message || error.name : String(error);
  const plain = text.replaceAll(/:\/\/[^/@\s]*@/g, '://').replaceAll(/\s+/g, ' ');
  return plain.length > MESSAGE_LIMIT ? `${plain.slice(0, MESSAGE_LIMIT)}…` : plain;
}
