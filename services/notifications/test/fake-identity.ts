import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { secureOptions } from '@careplane/kit';
import type { Credentials } from '@careplane/kit';

/** A patient's contact as identity answers it under `/internal/contacts/`. */
export interface FakeContact {
  readonly givenName: string;
  readonly email: string;
  readonly consents: { readonly 'notifications.email': boolean };
}

/** A message about an account as identity answers it under `/internal/account-messages/`. */
export interface FakeAccountMessage {
  readonly to: string;
  readonly kind: string;
  readonly link?: string;
  readonly language: string;
}

/** Stands in for identity: answers contacts and messages, or 503 while it is away. */
export interface FakeIdentity {
  readonly url: string;
  readonly contacts: Map<string, FakeContact>;
  readonly accountMessages: Map<string, FakeAccountMessage>;
  /** Names in the certificates that callers came with. */
  readonly callers: Set<string>;
  away: boolean;
  stop(): Promise<void>;
}

/** Starts one that knows nobody. */
export async function startFakeIdentity(credentials: Credentials): Promise<FakeIdentity> {
  const contacts = new Map<string, FakeContact>();
  const accountMessages = new Map<string, FakeAccountMessage>();
  const callers = new Set<string>();
  const state = { away: false };
  const options = { ...secureOptions(credentials), requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (req, res) => {
    const shown = req.socket instanceof TLSSocket ? req.socket.getPeerX509Certificate() : undefined;
    callers.add(shown?.subjectAltName ?? '');
    const [, , folder = '', id = ''] = (req.url ?? '').split('/');
    const found = knownOf({ contacts, accountMessages }, folder).get(id);
    const status = state.away ? 503 : found === undefined ? 404 : 200;
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(status === 200 ? { id, ...found } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contacts,
    accountMessages,
    callers,
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

/** What it knows in a folder of its paths. Nobody was erased. */
function knownOf(
  { contacts, accountMessages }: Pick<FakeIdentity, 'contacts' | 'accountMessages'>,
  folder: string,
): ReadonlyMap<string, object> {
  if (folder.startsWith('erasures')) return new Map([['', { erasures: [] }]]);
  return folder === 'contacts' ? contacts : accountMessages;
}
