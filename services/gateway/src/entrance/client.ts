import type { Request } from '@careplane/kit';

/** What the gateway says to services about who called it, and how. */
export interface Client {
  readonly address: string;
  /** `https`, or `http` where nothing in front and not the gateway itself speaks TLS. */
  readonly protocol: string;
  /** With the port. */
  readonly host: string | undefined;
}

const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** The client as the connection shows it, or as the trusted proxies say: a stranger's X-Forwarded-* count for nothing. */
export function clientOf(req: Request): Client {
  const host = req.host as string | undefined; // there is none where no Host came
  return {
    address: req.ip ?? 'unknown',
    protocol: req.protocol,
    host: host !== undefined && HOST.test(host) ? host : req.headers.host,
  };
}
