import type { Request } from '@careplane/kit';
import { byUrl } from '../by-url.ts';

/** What the gateway says to services about who called it, and how. */
export interface Client {
  readonly address: string;
  /** `https`, or `http` where nothing in front and not the gateway itself speaks TLS. */
  readonly protocol: string;
  /** With the port. */
  readonly host: string | undefined;
}

const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * The client as the connection shows it, or as the trusted proxies say: a stranger's X-Forwarded-* count for nothing. Where the
 * public URL is configured it alone says how the gateway is called.
 */
export function clientOf(req: Request, publicUrl?: string): Client {
  const address = req.ip ?? 'unknown';
  if (publicUrl !== undefined) {
    return { address, ...placeOf(publicUrl) };
  }
  const host = req.host as string | undefined; // there is none where no Host came
  return {
    address,
    protocol: req.protocol,
    host: host !== undefined && HOST.test(host) ? host : req.headers.host,
  };
}

/** Of the public URL. */
const placeOf = byUrl(({ protocol, host }): Pick<Client, 'protocol' | 'host'> => ({
  protocol: protocol.slice(0, -1),
  host,
}));
