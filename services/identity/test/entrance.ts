import { createServer as createTlsServer } from 'node:https';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort, testAuthority } from '@careplane/testing';
import { Agent, fetch } from 'undici';
import type { RequestInit, Response } from 'undici';

/** Stands in for the gateway: TLS outside, plain HTTP to one service, with the headers that the gateway sets. */
export interface Entrance {
  /** `https://127.0.0.1:<port>`: identity's `PUBLIC_URL`. */
  readonly url: string;
  readonly ca: string;
  /** Where requests go from now on. */
  lead(target: string): void;
  /** `fetch` that trusts the entrance's certificate. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Opens the entrance; before `lead` it answers 503. */
export async function openEntrance(): Promise<Entrance> {
  const authority = await testAuthority();
  const { certificate, key } = await authority.issue({ uris: [] });
  let target: URL | undefined;
  const server = createTlsServer({ cert: certificate, key }, (req, res) => {
    if (!target) {
      res.writeHead(503).end();
      return;
    }
    const { host = '', ...headers } = req.headers;
    const from = headers['x-test-address'] ?? req.socket.remoteAddress ?? '';
    const forwarded = { 'x-forwarded-for': from, 'x-forwarded-proto': 'https', 'x-forwarded-host': host };
    const onward = request(
      new URL(req.url ?? '/', target),
      { agent: false, method: req.method ?? 'GET', headers: { ...headers, host: target.host, ...forwarded } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on('error', () => {
      if (res.headersSent) res.destroy();
      else res.writeHead(502).end();
    });
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const dispatcher = new Agent({ connect: { ca: authority.ca } });
  return {
    url: `https://127.0.0.1:${String(port)}`,
    ca: authority.ca,
    lead(next): void {
      target = new URL(next);
    },
    fetch: (url, init = {}) => fetch(url, { redirect: 'manual', ...init, dispatcher }),
    async close(): Promise<void> {
      await dispatcher.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Identity by itself at `http://localhost`, where browsers allow what they else allow by TLS only (passkeys). */
export async function noEntrance(): Promise<Entrance> {
  return {
    url: `http://localhost:${String(await freePort())}`,
    ca: '',
    lead: () => undefined,
    fetch: (url, init = {}) => fetch(url, { redirect: 'manual', ...init }),
    close: () => Promise.resolve(),
  };
}
