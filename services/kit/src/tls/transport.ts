import { createSecureContext, TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import { secureOptions } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import type { Identity } from './identity.ts';

/** How a service reaches others: with its own certificate, and only who has the name in the address. */
export interface Transport {
  /** Opens connections, for a pool of one's own. */
  readonly connect: buildConnector.connector;
  /** Pooled connections to any service. */
  readonly dispatcher: Dispatcher;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Shorter than a pod that ends goes on answering (docs/concepts/contracts.md, Health and shutdown). */
const KEPT_MS = 4_000;

/** Connections that are open stay as they are when the certificate is renewed; new ones show the new one. */
export function createTransport(identity: Pick<Identity, 'credentials'>): Transport {
  const connect = connectorOf(identity);
  const dispatcher = new Agent({ connect, keepAliveTimeout: KEPT_MS, keepAliveMaxTimeout: KEPT_MS });
  return { connect, dispatcher };
}

/** One connector for each certificate: its TLS sessions are resumed by later connections. */
function connectorOf({ credentials }: Pick<Identity, 'credentials'>): buildConnector.connector {
  let shown: Credentials | undefined;
  let current = build(undefined);
  return (options, callback) => {
    const wanted = credentials();
    if (wanted !== shown) {
      current = build(wanted);
      shown = wanted;
    }
    current(options, callback);
  };
}

function build(credentials: Credentials | undefined): buildConnector.connector {
  const timeout = CONNECT_TIMEOUT_MS;
  if (credentials === undefined) return buildConnector({ timeout, allowH2: false });
  const secureContext = createSecureContext(secureOptions(credentials));
  return keepingSessions(buildConnector({ timeout, allowH2: false, secureContext }));
}

/** undici remembers the last TLS session of each server by a weak reference: it would be lost with the next garbage collection. */
function keepingSessions(connect: buildConnector.connector): buildConnector.connector {
  const sessions = new Map<string, Buffer>();
  return (options, callback) => {
    connect(options, (...opened) => {
      const [, socket] = opened;
      if (socket instanceof TLSSocket)
        socket.on('session', (session) => {
          sessions.set(options.hostname, session);
        });
      callback(...opened);
    });
  };
}
