import { TIMEOUT_HEADER } from '@careplane/kit';
import type { Client } from '../entrance/client.ts';

/** Headers of a connection, not of a message (RFC 9110, 7.6.1), and those that the next hop sets itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'expect',
  'http2-settings',
]);

/** What a client may not say about itself to the services behind. */
const NOT_FROM_CLIENTS = new Set([
  'host',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  TIMEOUT_HEADER,
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
]);

/** Bodies that do not stream are read whole and inflated here; undici says how long they are. */
const OF_THE_BODY = new Set(['content-length', 'content-encoding']);

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What the gateway itself says to a backend. */
export interface Forwarding extends Client {
  /** Whether the body goes on as it comes. */
  readonly isStreamed?: boolean;
  readonly trace: Readonly<Record<string, string>>;
}

/** The headers for a backend: the client's without what is not theirs to say, and ours. */
export function requestHeaders(from: Headers, forwarding: Forwarding): Record<string, string | string[]> {
  const named = connectionHeaders(from);
  const kept = keep(
    from,
    (name) =>
      !HOP_BY_HOP.has(name) &&
      !NOT_FROM_CLIENTS.has(name) &&
      (forwarding.isStreamed === true || !OF_THE_BODY.has(name)) &&
      !named.has(name),
  );
  return {
    ...kept,
    ...forwarding.trace,
    'x-forwarded-for': forwarding.address,
    'x-forwarded-proto': forwarding.protocol,
    ...(forwarding.host === undefined ? {} : { 'x-forwarded-host': forwarding.host }),
  };
}

/** The headers of a backend's answer that go on to the client: what it says of origins is the gateway's matter. */
export function responseHeaders(from: Headers): Record<string, string | string[]> {
  const named = connectionHeaders(from);
  return keep(
    from,
    (name) => !HOP_BY_HOP.has(name) && !name.startsWith('access-control-') && !named.has(name),
  );
}

const NONE: ReadonlySet<string> = new Set();

/** `Connection` names further headers that end at this hop. */
function connectionHeaders({ connection }: Headers): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return NONE;
  return new Set(
    [connection].flat().flatMap((text) => text.split(',').map((name) => name.trim().toLowerCase())),
  );
}

/** Node and undici give names in lower case. */
function keep(from: Headers, wanted: (name: string) => boolean): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name of Object.keys(from)) {
    const value = from[name];
    if (value !== undefined && wanted(name)) kept[name] = value;
  }
  return kept;
}
