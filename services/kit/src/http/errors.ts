/** What a problem may say beside its status (RFC 9457, section 3). */
export interface ProblemOptions {
  /** For people; must hold no personal data: it is logged and answered. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members of the problem. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error with an answer: rendered as `application/problem+json` by the kit. */
export class HttpProblem extends Error {
  override readonly name: string = 'HttpProblem';
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(status: number, title: string, options: ProblemOptions = {}) {
    super(options.detail ?? title, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.title = title;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }
}

/** A field that is wrong: where (a path such as `body.birthDate`) and what is expected, never the value. */
export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** 400: the request does not have the shape it must have. */
export class Invalid extends HttpProblem {
  override readonly name = 'Invalid';
  constructor(errors: readonly FieldFault[]) {
    super(400, 'The request is not valid', { extensions: { errors } });
  }
}

/** 401 (RFC 9110, 15.5.2): no token, or none that is valid. `challenge`: the answer's WWW-Authenticate. */
export class Unauthorized extends HttpProblem {
  override readonly name = 'Unauthorized';
  constructor(
    detail = 'A valid bearer token is needed',
    { cause, challenge = 'Bearer' }: { readonly cause?: unknown; readonly challenge?: string } = {},
  ) {
    super(401, 'Not authenticated', { detail, headers: { 'www-authenticate': challenge }, cause });
  }
}

/** 403: known, but not allowed. `challenge`: the answer's WWW-Authenticate, when another token would do. */
export class Forbidden extends HttpProblem {
  override readonly name = 'Forbidden';
  constructor(detail?: string, { challenge }: { readonly challenge?: string } = {}) {
    super(403, 'Not allowed', {
      ...(detail === undefined ? {} : { detail }),
      ...(challenge === undefined ? {} : { headers: { 'www-authenticate': challenge } }),
    });
  }
}

/** 404. Also the answer for what the caller may not know to exist. */
export class NotFound extends HttpProblem {
  override readonly name = 'NotFound';
  constructor(detail?: string) {
    super(404, 'Not found', detail === undefined ? {} : { detail });
  }
}

/** 409: the state of the resource does not allow it. */
export class Conflict extends HttpProblem {
  override readonly name = 'Conflict';
  constructor(detail: string, options: Omit<ProblemOptions, 'detail'> = {}) {
    super(409, 'Conflict', { ...options, detail });
  }
}

/** 412: `If-Match` names another version. */
export class PreconditionFailed extends HttpProblem {
  override readonly name = 'PreconditionFailed';
  constructor() {
    super(412, 'Precondition failed', { detail: 'The resource has changed: read it again and repeat' });
  }
}

/** 428 (RFC 6585): an update needs `If-Match`, a create may need `Idempotency-Key`. */
export class PreconditionRequired extends HttpProblem {
  override readonly name = 'PreconditionRequired';
  /** @param how what it is needed with */
  constructor(header: string, how?: string) {
    const detail = `The header ${header} is needed${how === undefined ? '' : `, ${how}`}`;
    super(428, 'Precondition required', { detail });
  }
}

/** 422: well-formed, and still not possible. */
export class Unprocessable extends HttpProblem {
  override readonly name = 'Unprocessable';
  constructor(detail: string) {
    super(422, 'Not processable', { detail });
  }
}

/** 429 with `Retry-After` in seconds. */
export class TooManyRequests extends HttpProblem {
  override readonly name = 'TooManyRequests';
  constructor(retryAfterSeconds: number, options: Pick<ProblemOptions, 'detail'> = {}) {
    super(429, 'Too many requests', { ...options, headers: retryAfter(retryAfterSeconds) });
  }
}

/** 503 with `Retry-After` in seconds: a dependency is away or the service is full. */
export class Unavailable extends HttpProblem {
  override readonly name = 'Unavailable';
  constructor(retryAfterSeconds: number, options: Omit<ProblemOptions, 'headers'> = {}) {
    super(503, 'Temporarily unavailable', { ...options, headers: retryAfter(retryAfterSeconds) });
  }
}

/** 504: a dependency did not answer in time. */
export class GatewayTimeout extends HttpProblem {
  override readonly name = 'GatewayTimeout';
  constructor(options: Pick<ProblemOptions, 'cause' | 'detail'> = {}) {
    super(504, 'The service behind did not answer in time', options);
  }
}

function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(seconds))) };
}
