import { once } from 'node:events';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
import { fetch } from 'undici';
import { startTlsService } from '../../test/tls-service.ts';
import type { TlsService } from '../../test/tls-service.ts';
import { createTestIdentities, fetchAs } from '../testing/identities.ts';
import { secureOptions } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { createTransport } from './transport.ts';
import type { Transport } from './transport.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let service: TlsService;
let caller: Credentials;
let transport: Transport;

beforeEach(async () => {
  service = await startTlsService('Mutual');
  caller = await service.identities.credentials('caller');
  transport = createTransport({ credentials: () => caller });
});

afterEach(async () => {
  await transport.dispatcher.close();
  expect(await service.stop()).toBe(true);
});

const ask = async (): Promise<number> => {
  const answer = await fetch(`${service.url}/answer`, { dispatcher: transport.dispatcher });
  await answer.body?.cancel();
  return answer.status;
};

/** Connects, and waits for the first bytes after a request: with TLS 1.3 a refusal comes after the client's handshake. */
async function converse(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: service.port, ca: service.identities.ca, ...options });
  const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed')));
  await Promise.race([once(socket, 'secureConnect'), closed]);
  socket.write('GET /answer HTTP/1.1\r\nhost: callee\r\n\r\n');
  await Promise.race([once(socket, 'data'), closed]);
  return socket;
}

/** By an alert, or, where the kernel drops that after a reset, by the end of the connection. */
const REFUSED = /certificate required|unknown ca|ECONNRESET|EPIPE|closed/i;

describe('a port that asks for certificates', () => {
  it('refuses the handshake of who shows none, or one of another authority', async () => {
    await expect(converse({})).rejects.toThrow(REFUSED);
    const stranger = await (await createTestIdentities()).credentials('caller');
    await expect(converse({ cert: stranger.certificate, key: stranger.key })).rejects.toThrow(REFUSED);
    expect(await ask()).toBe(200);
  });

  it('refuses TLS 1.1, and speaks 1.2 and 1.3', async () => {
    const options = { cert: caller.certificate, key: caller.key, ciphers: 'DEFAULT@SECLEVEL=0' };
    const old = { ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
    await expect(converse(old)).rejects.toThrow(/protocol version/i);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await converse({ ...options, minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
  });

  it('lets the service itself in, which needs no edge to itself', async () => {
    const itself = await service.identities.credentials('callee');
    expect((await fetchAs(itself, `${service.url}/answer`)).status).toBe(200);
  });

  it('answers 403 with the reason to a service without a declared edge, whatever the network lets through', async () => {
    const other = await service.identities.credentials('other');
    const answer = await fetchAs(other, `${service.url}/answer`);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 403,
      detail: 'spiffe://cluster.local/ns/clinic/sa/other declares no call to callee',
    });
    // An engine of the namespace has a certificate of the same authority, and no identity.
    const engine = await service.identities.credentials('engine', { uris: [] });
    expect((await fetchAs(engine, `${service.url}/answer`)).status).toBe(403);
    const two = ['spiffe://cluster.local/ns/clinic/sa/caller', 'spiffe://cluster.local/ns/clinic/sa/other'];
    const ambiguous = await service.identities.credentials('caller', { uris: two });
    expect((await fetchAs(ambiguous, `${service.url}/answer`)).status).toBe(403);
  });

  it('follows the declared edges without a restart, also on connections that are open', async () => {
    expect(await ask()).toBe(200);
    service.bindings.write('internal', { 'callers.json': '{"http":[]}' });
    await until(async () => (await ask()) === 403, { what: 'the edge to be gone', everyMs: 5 });
    const back = ['spiffe://cluster.local/ns/clinic/sa/caller'];
    service.bindings.write('internal', { 'callers.json': JSON.stringify({ http: back }) });
    await until(async () => (await ask()) === 200, { what: 'the edge to be back', everyMs: 5 });
  });

  it('is not called when it cannot prove the name in the address', async () => {
    const { dispatcher } = createTransport({ credentials: () => caller });
    const elsewhere = `https://127.0.0.2:${String(service.port)}/answer`;
    const failed = await fetch(elsewhere, { dispatcher }).catch((error: unknown) => error as Error);
    expect((failed as Error).cause).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await dispatcher.close();
  });

  it('lets a caller resume its session, and knows it all the same', async () => {
    const options = { cert: caller.certificate, key: caller.key };
    const first = connect({ host: '127.0.0.1', port: service.port, ca: service.identities.ca, ...options });
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const second = connect({
      ...{ host: '127.0.0.1', port: service.port, ca: service.identities.ca, session },
      ...options,
    });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(true);
    second.write('GET /answer HTTP/1.1\r\nhost: callee\r\n\r\n');
    const [text] = (await once(second, 'data')) as [Buffer];
    expect(text.toString()).toContain('HTTP/1.1 200');
    second.destroy();
  });

  it('is called again without another full handshake, also after a garbage collection', async () => {
    const address = { hostname: '127.0.0.1', protocol: 'https:', port: String(service.port) };
    const open = (): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        transport.connect(address, (error, socket) => {
          if (error) reject(error);
          else resolve(socket as TLSSocket);
        });
      });
    const reused: boolean[] = [];
    for (let i = 0; i < 3; i += 1) {
      const socket = await open();
      reused.push(socket.isSessionReused());
      socket.write('GET /answer HTTP/1.1\r\nhost: callee\r\n\r\n');
      await once(socket, 'data');
      socket.destroy();
      await once(socket, 'close');
      collectGarbage();
    }
    expect(reused).toEqual([false, true, true]);
  });

  it('ends although somebody is connected and does not finish the handshake', async () => {
    const socket = connect({ host: '127.0.0.1', port: service.port, ...secureOptions(caller) });
    socket.on('error', () => undefined); // it is reset
    await once(socket, 'connect');
  });
});

describe('a certificate that is renewed', () => {
  it('is shown to new connections without a failed request, and a bad one changes nothing', async () => {
    const shown = async (): Promise<string> => {
      const socket = await converse({ cert: caller.certificate, key: caller.key });
      const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
      socket.destroy();
      return fingerprint;
    };
    const failures: unknown[] = [];
    const statuses = new Set<number>();
    let asked = 0;
    let going = true;
    const user = async (): Promise<void> => {
      while (going) {
        // Over kept connections, and over one that is made for this request.
        const [kept, fresh] = await Promise.all([
          ask(),
          fetchAs(caller, `${service.url}/answer`).then(({ status }) => status),
        ]).catch((error: unknown) => {
          failures.push(error);
          return [0, 0] as const;
        });
        statuses.add(kept).add(fresh);
        asked += 2;
      }
    };
    const users = [user(), user(), user()];
    const seen = new Set([await shown()]);
    for (let round = 0; round < 5; round += 1) {
      service.bindings.write('internal', await service.identities.entries('callee', { http: ['caller'] }));
      await until(async () => !seen.has(await shown()), { what: 'the renewed one', everyMs: 5 });
      seen.add(await shown());
      caller = await service.identities.credentials('caller');
    }
    const last = await shown();
    service.bindings.write('internal', { 'tls.crt': caller.certificate });
    await until(async () => (await service.metrics()).includes('result="refused"'), { what: 'a refusal' });
    const before = asked;
    await until(() => Promise.resolve(asked > before + 20), { what: 'more answers' });
    expect(await shown()).toBe(last);
    going = false;
    await Promise.all(users);
    expect({ failures, statuses: [...statuses] }).toEqual({ failures: [], statuses: [200] });
    expect(service.log.text()).toContain('the last good one stays in use');
    expect(await service.metrics()).toContain(
      'careplane_binding_reloads_total{binding="careplane-internal",result="ok"} 5',
    );
  });
});
