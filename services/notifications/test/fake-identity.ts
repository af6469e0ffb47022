import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A patient's contact as identity answers it under `/internal/contacts/`. */
export interface FakeContact {
  readonly givenName: string;
  readonly email: string;
  readonly consents: { readonly 'notifications.email': boolean };
}

/** Stands in for identity: answers contacts, or 503 while it is away. */
export interface FakeIdentity {
  readonly url: string;
  readonly contacts: Map<string, FakeContact>;
  /** Bearer tokens that callers came with. */
  readonly tokens: Set<string>;
  away: boolean;
  stop(): Promise<void>;
}

/** Starts one that knows nobody. */
export async function startFakeIdentity(): Promise<FakeIdentity> {
  const contacts = new Map<string, FakeContact>();
  const tokens = new Set<string>();
  const state = { away: false };
  const server = createServer((req, res) => {
    tokens.add(req.headers.authorization ?? '');
    const patientId = req.url?.replace('/internal/contacts/', '') ?? '';
    const contact = contacts.get(patientId);
    const status = state.away ? 503 : contact === undefined ? 404 : 200;
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(status === 200 ? { patientId, ...contact } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contacts,
    tokens,
    get away(): boolean {
      return state.away;
    },
    set away(away: boolean) {
      state.away = away;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
