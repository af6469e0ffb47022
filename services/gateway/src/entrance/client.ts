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

/** Public URLs as they were read; there is one. */
const places = new Map<string, Pick<Client, 'protocol' | 'host'>>();

function placeOf(publicUrl: string): Pick<Client, 'protocol' | 'host'> {
  const known = places.get(publicUrl);
  if (known) return known;
  const { protocol, host } = new URL(publicUrl);
  const place = { protocol: protocol.slice(0, -1), host };
  places.set(publicUrl, place);
  return place;
}
