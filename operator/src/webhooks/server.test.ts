import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { createAuthority, issueCertificate, type KeyPair } from '../pki/certificate.ts';
import type { Logger } from '../runtime/controller.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { BadReview, startWebhookServer, type WebhookServer } from './server.ts';

const LEAF = { name: 'webhook', dnsNames: [], ipAddresses: ['127.0.0.1'] };
let authority: KeyPair;
let server: WebhookServer;
let agent: Agent;
let lines: string[];
let seen: string[];

beforeAll(async () => {
  authority = await createAuthority('test', Date.now());
});

beforeEach(async () => {
  lines = [];
  seen = [];
  const keep = (message: string, fields?: Record<string, unknown>): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log: Logger = { ...silentLogger, warn: keep, error: keep };
  server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    log,
    endpoints: {
      '/echo': { bodyLimit: 100, answer: (body) => Promise.resolve(body) },
      '/bad': { bodyLimit: 100, answer: () => Promise.reject(new BadReview('not a review: request')) },
      '/broken': { bodyLimit: 100, answer: () => Promise.reject(new Error('out of order')) },
    },
    onRequest: (path, status) => seen.push(`${path} ${status}`),
  });
  server.use(await issueCertificate(authority, LEAF, Date.now()));
  agent = new Agent({ connect: { ca: authority.certificate }, allowH2: false });
});

afterEach(async () => {
  await agent.destroy();
  await server.stop();
});

async function send(
  path: string,
  body: string | AsyncIterable<Buffer> = '{}',
  { method = 'POST', type = 'application/json' } = {},
): Promise<{ status: number; text: string }> {
  const answer = await agent.request({
    origin: `https://127.0.0.1:${server.port}`,
    path,
    method: method,
    headers: { 'content-type': type },
    ...(method === 'POST' ? { body: body as string } : {}),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

/** Serial number of the certificate that a new connection is shown. */
async function shown(): Promise<string> {
  const socket = connect({ port: server.port, host: '127.0.0.1', ca: authority.certificate });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe('the webhook server', () => {
  it('answers with what the endpoint returns, whatever parameters the API server adds', async () => {
    expect(await send('/echo?timeout=5s', '{"a":1}')).toEqual({ status: 200, text: '{"a":1}' });
    expect(seen).toEqual(['/echo 200']);
  });

  it('refuses everything else without asking an endpoint', async () => {
    expect(await send('/nowhere')).toMatchObject({ status: 404 });
    expect(await send('/constructor')).toMatchObject({ status: 404 });
    expect(await send('/echo', '', { method: 'GET' })).toMatchObject({ status: 405 });
    expect(await send('/echo', '{}', { type: 'text/plain' })).toMatchObject({ status: 415 });
    expect(seen).toEqual(['other 404', 'other 404', '/echo 405', '/echo 415']);
  });

  it('refuses bodies that are too long, announced or not', async () => {
    const long = JSON.stringify('x'.repeat(200));
    expect(await send('/echo', long)).toMatchObject({ status: 413 });
    expect(await send('/echo', chunks('"', 'x'.repeat(90), 'x'.repeat(90), '"'))).toMatchObject({
      status: 413,
    });
    expect(await send('/echo', '1')).toMatchObject({ status: 200 });
  });

  it('never shows what was sent: not in a refusal, not in a log', async () => {
    expect(await send('/echo', '{"name":"Erika Mustermann"')).toEqual({
      status: 400,
      text: '{"message":"the body is not JSON"}',
    });
    expect(await send('/bad', '{"name":"Erika Mustermann"}')).toMatchObject({ status: 400 });
    expect(await send('/broken', '{"name":"Erika Mustermann"}')).toMatchObject({ status: 500 });
    expect(lines.join()).toContain('out of order');
    expect(lines.join()).not.toContain('Erika');
  });

  it('serves a new certificate to the next connection, and the open ones go on', async () => {
    await send('/echo');
    const before = await shown();
    server.use(await issueCertificate(authority, LEAF, Date.now()));
    expect(await shown()).not.toBe(before);
    expect(await send('/echo')).toMatchObject({ status: 200 });
  });

  it('ends although a connection is still open', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', ca: authority.certificate });
    await once(socket, 'secureConnect');
    const closed = once(socket, 'close');
    await server.stop();
    await closed;
  });
});
