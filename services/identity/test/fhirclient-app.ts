// A web app with the package fhirclient as it is: a program of its own, which trusts the clinic's certificate by
// NODE_EXTRA_CA_CERTS. Prints its port.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import smart from 'fhirclient';

interface Client {
  readonly patient: { readonly id: string | null; read(): Promise<{ resourceType: string; id?: string }> };
  readonly state: { readonly tokenResponse?: Record<string, unknown>; readonly serverUrl: string };
  getFhirUser(): string | null;
  refresh(): Promise<{ tokenResponse?: Record<string, unknown> }>;
  request(url: string): Promise<unknown>;
}

const kept = new Map<string, unknown>();
const storage = {
  get: (key: string) => Promise.resolve(kept.get(key)),
  set: (key: string, value: unknown) => {
    kept.set(key, value);
    return Promise.resolve(value);
  },
  unset: (key: string) => Promise.resolve(kept.delete(key)),
};

const { ISSUER = '', CLIENT_ID = '' } = process.env;
const server = createServer((req, res) => {
  answer(req, res).catch((error: unknown) => {
    res.writeHead(500).end(String(error));
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  // fhirclient expects Express, or what looks like it.
  const { port } = server.address() as AddressInfo;
  const like = Object.assign(req, { protocol: 'http' });
  const out = Object.assign(res, {
    redirect(location: string) {
      res.writeHead(302, { location }).end();
    },
  });
  const app = smart(like, out, storage);
  if (req.url?.startsWith('/launch') === true) {
    await app.authorize({
      clientId: CLIENT_ID,
      iss: `${ISSUER}/fhir/R4`,
      redirectUri: `http://127.0.0.1:${String(port)}/callback`,
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      pkceMode: 'required',
    });
    return;
  }
  const client = (await app.ready()) as unknown as Client;
  const first = client.state.tokenResponse?.['access_token'];
  const user = await client.request(`${ISSUER}/oauth2/userinfo`);
  const again = await client.refresh();
  const { resourceType, id } = await client.patient.read();
  const body = {
    patient: client.patient.id,
    fhirUser: client.getFhirUser(),
    user,
    read: { resourceType, id },
    refreshed: again.tokenResponse?.['access_token'] !== first,
  };
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
