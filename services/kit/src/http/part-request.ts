import type { Request } from 'express';

const wholes = new WeakMap<Request, Request>();

/** What a part of a request asks for. */
export interface RequestPart {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  /** In place of the request's own; what is undefined the part has not. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** One of the requests that a request carries: it has the same caller, the same time, and its own method, address, headers and body. */
export function partOf(req: Request, { method, url, params, headers, body }: RequestPart): Request {
  const own = { method, url, originalUrl: url, params, body, headers: { ...req.headers, ...headers } };
  const part = Object.create(
    req,
    Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value, enumerable: true }])),
  ) as Request;
  wholes.set(part, req);
  return part;
}

/** The request that a part came with; any other request is whole by itself. */
export function wholeOf(req: Request): Request {
  return wholes.get(req) ?? req;
}
