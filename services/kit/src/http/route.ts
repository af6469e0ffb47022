import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { Invalid } from './errors.ts';
import type { FieldFault } from './errors.ts';

/** What a handler answers; the kit writes it. `body` absent means none (204). */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Writes the answer, in place of what is here: of FHIR interactions, for what is too large to be a `body`. */
  readonly send?: (res: Response) => Promise<void>;
}

/** The shapes a request must have. A part without a schema is not handed to the handler. */
export interface RouteSchemas {
  readonly body?: z.ZodType;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
}

type Parsed<S> = S extends z.ZodType ? z.infer<S> : undefined;

/** The validated parts of a request. `req` is for headers and identity only: its body is unvalidated. */
export interface RouteInput<S extends RouteSchemas> {
  readonly body: Parsed<S['body']>;
  readonly params: Parsed<S['params']>;
  readonly query: Parsed<S['query']>;
  readonly req: Request;
}

/**
 * An Express handler from schemas and a function: validates body, params and query at the edge, answers the reply.
 * Invalid requests are 400 with the path of every wrong field. Parsed values replace nothing on the request
 * (Express 5's `req.query` is a getter).
 */
export function route<S extends RouteSchemas>(
  schemas: S,
  handle: (input: RouteInput<S>) => Promise<Reply> | Reply,
): RequestHandler {
  return async (req, res) => {
    const input = validate(schemas, req);
    sendReply(res, await handle(input));
  };
}

/** Writes a reply as JSON; a `content-type` among the headers wins. */
export function sendReply(res: Response, reply: Reply): void {
  if (res.headersSent || res.destroyed) return; // timed out or gone: the answer was given already
  res.status(reply.status).set({ ...reply.headers });
  if (reply.body === undefined) res.end();
  else res.json(reply.body);
}

function validate<S extends RouteSchemas>(schemas: S, req: Request): RouteInput<S> {
  const faults: FieldFault[] = [];
  const read = <K extends keyof RouteSchemas>(part: K): Parsed<S[K]> => {
    const schema = schemas[part];
    if (!schema) return undefined as Parsed<S[K]>;
    const parsed = schema.safeParse(req[part]);
    if (!parsed.success) faults.push(...faultsOf(part, parsed.error));
    return parsed.data as Parsed<S[K]>;
  };
  const input = { params: read('params'), query: read('query'), body: read('body'), req };
  if (faults.length > 0) throw new Invalid(faults);
  return input;
}

/** The faults of a zod error as field paths under `prefix`; values are never repeated. */
export function faultsOf(prefix: string, error: z.ZodError): FieldFault[] {
  return error.issues.map((issue) => ({
    path: [prefix, ...issue.path].map(String).join('.'),
    message: issue.code === 'unrecognized_keys' ? 'unrecognized keys' : issue.message,
  }));
}
