import { once } from 'node:events';
import { Agent as PlainAgent, get, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { testAuthority, until } from '@careplane/testing';
import { Agent, fetch } from 'undici';
import { startTlsService } from '../../test/tls-service.ts';
import type { TlsService } from '../../test/tls-service.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(more?: Record<string, string>): Promise<TlsService> {
  const service = await startTlsService('Public', more);
  ends.push(() => service.stop());
  return service;
}

function plain(
  service: TlsService,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: service.port, path, headers, agent: false }, (answer) => {
      resolve(answer.resume());
    }).once('error', reject);
  });
}

async function shownBy(service: TlsService): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: service.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerX509Certificate()?.toString() ?? '';
  socket.destroy();
  return shown.trim();
}

describe('a port for the world', () => {
  it('asks nobody for a certificate, and tells browsers to stay with https', async () => {
    const service = await start();
    const dispatcher = new Agent({ connect: { ca: service.identities.ca } });
    const answer = await fetch(`${service.url}/answer`, { dispatcher });
    expect([answer.status, await answer.json()]).toEqual([200, { answer: 42 }]);
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    await dispatcher.close();
  });

  it('sends who speaks plain http to the same address with https, and answers nothing else there', async () => {
    const service = await start();
    const host = `clinic.example:${String(service.port)}`;
    const moved = await plain(service, '/api/slots?from=now', { host });
    expect(moved.statusCode).toBe(308);
    expect(moved.headers.location).toBe(`https://${host}/api/slots?from=now`);
    expect(moved.headers['strict-transport-security']).toBeUndefined();
    expect((await plain(service, '/answer', { host: 'a b' })).statusCode).toBe(400);
    // With a body, in one write with the headers.
    const agent = new PlainAgent();
    const posted = request({ host: '127.0.0.1', port: service.port, method: 'POST', path: '/x', agent });
    posted.end('{"password":"secret"}');
    const [answer] = (await once(posted, 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(308);
    agent.destroy();
  });

  it('ends although somebody is connected and says nothing, or half a handshake', async () => {
    const service = await startTlsService('Public');
    for (const bytes of ['', '\x16\x03\x01', 'GET / HT']) {
      const socket = connect(service.port, '127.0.0.1').on('error', () => undefined); // it is reset
      await once(socket, 'connect');
      socket.write(bytes);
    }
    expect(await service.stop()).toBe(true);
  });

  it('shows the certificate of the Secret, takes up a renewed one, and keeps it when the next is bad', async () => {
    const authority = await testAuthority('a public authority');
    const filesOf = async (): Promise<{ 'tls.crt': string; 'tls.key': string }> => {
      const { certificate, key } = await authority.issue();
      return { 'tls.crt': certificate.trim(), 'tls.key': key.trim() };
    };
    const first = await filesOf();
    const service = await start(first);
    expect(await shownBy(service)).toBe(first['tls.crt']);
    const second = await filesOf();
    service.bindings.write('public', second);
    await until(async () => (await shownBy(service)) === second['tls.crt'], { what: 'it', everyMs: 5 });
    service.bindings.write('public', { 'tls.crt': first['tls.crt'] });
    await until(
      async () => (await service.metrics()).includes('{binding="careplane-public",result="refused"}'),
      {
        what: 'a refusal',
      },
    );
    expect(await shownBy(service)).toBe(second['tls.crt']);
    expect(service.log.text()).toContain('the last good one stays in use');
  });

  it('shows its own certificate until the Secret is there', async () => {
    const service = await start({});
    const own = await shownBy(service);
    expect(service.log.text()).toContain('the own one is shown');
    const { certificate, key } = await (await testAuthority('a public authority')).issue();
    service.bindings.write('public', { 'tls.crt': certificate, 'tls.key': key });
    await until(async () => (await shownBy(service)) === certificate.trim(), { what: 'it', everyMs: 5 });
    expect(own).not.toBe(certificate.trim());
  });
});
