import { describe, expect, it } from '@jest/globals';
import { collect, streamOf } from './bytes.ts';
import { DocumentServer } from './document-server.ts';
import { seal } from './documents.ts';
import { person } from './fixtures/people.ts';
import { ServerError } from './server-error.ts';

interface Asked {
  readonly line: string;
  readonly headers: Headers;
  readonly bytes: number;
}

/** A server of uploads in memory, in whose place `trouble` may answer first. */
function uploads(trouble: (line: string, nth: number) => Response | Error | undefined = () => undefined): {
  readonly asked: Asked[];
  readonly taken: () => Uint8Array;
  readonly fetch: typeof fetch;
} {
  const asked: Asked[] = [];
  let taken: Uint8Array[] = [];
  const offset = (): number => taken.reduce((sum, { length }) => sum + length, 0);
  const taking = (method: string, bytes: Uint8Array): Response => {
    if (method === 'POST') return new Response(null, { status: 201, headers: { location: '/uploads/7' } });
    if (method === 'PATCH') taken = [...taken, bytes];
    return new Response(null, {
      status: method === 'HEAD' ? 200 : 204,
      headers: { 'upload-offset': String(offset()) },
    });
  };
  return {
    asked,
    taken: () => Buffer.concat(taken),
    async fetch(input, { method = 'GET', headers, body, signal } = {}) {
      signal?.throwIfAborted();
      const line = `${method} ${new URL(new Request(input).url).pathname}`;
      const bytes = body instanceof Uint8Array ? new Uint8Array(body) : new Uint8Array();
      asked.push({ line, headers: new Headers(headers), bytes: bytes.length });
      const answer = trouble(line, asked.filter((one) => one.line === line).length);
      if (Error.isError(answer)) {
        if (answer.message === 'after it was taken') taken = [...taken, bytes];
        throw answer;
      }
      return Promise.resolve(answer ?? taking(method, bytes));
    },
  };
}

const CONTENT = new Uint8Array(9_000_000).fill(7);

async function upload(server: ReturnType<typeof uploads>, signal?: AbortSignal): Promise<Uint8Array> {
  const { recipient } = await person();
  const { header, payload } = await seal(streamOf(CONTENT), [recipient]);
  const [own, sent] = payload.tee();
  const clinic = new DocumentServer({
    ...{ base: 'https://clinic.example', token: () => 'secret-token', fetch: server.fetch },
    pause: () => Promise.resolve(),
  });
  const options = { patient: 'Patient/1', contentBytes: CONTENT.length, ...(signal ? { signal } : {}) };
  const [file] = await Promise.all([collect(own), clinic.upload({ header, payload: sent }, options)]);
  return Buffer.concat([header, file]);
}

describe('an upload to a clinic', () => {
  it('goes in pieces, each with its checksum', async () => {
    const server = uploads();
    const file = await upload(server);
    expect(Buffer.compare(server.taken(), file)).toBe(0);
    const pieces = server.asked.filter(({ line }) => line.startsWith('PATCH'));
    expect(pieces).toHaveLength(3);
    for (const { headers } of pieces) {
      expect(headers.get('upload-checksum')).toMatch(/^sha256 /);
      expect(headers.get('authorization')).toBe('Bearer secret-token');
    }
  });

  it.each([
    ['is answered 503', () => new Response(null, { status: 503 })],
    ['breaks off', () => new TypeError('network')],
    ['is not answered, though it was taken', () => new Error('after it was taken')],
    ['is damaged on the way', () => new Response(null, { status: 460 })],
  ])('sends a piece again that %s, once', async (_what, trouble) => {
    const server = uploads((line, nth) => (line.startsWith('PATCH') && nth === 2 ? trouble() : undefined));
    const file = await upload(server);
    expect(Buffer.compare(server.taken(), file)).toBe(0);
  });

  it('ends with what the server refuses, gives up what was sent, and names no token', async () => {
    const problem = { title: 'Not allowed', detail: 'not for this patient' };
    const refused = (): Response =>
      new Response(JSON.stringify(problem), {
        status: 403,
        headers: { 'content-type': 'application/problem+json' },
      });
    const server = uploads((line) => (line.startsWith('PATCH') ? refused() : undefined));
    const error = await upload(server).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerError);
    expect([(error as ServerError).status, (error as ServerError).message]).toEqual([
      403,
      'not for this patient',
    ]);
    expect(server.asked.at(-1)?.line).toBe('DELETE /uploads/7');
    expect(String((error as ServerError).stack)).not.toContain('secret-token');
  });

  it('gives up after some attempts', async () => {
    const server = uploads((line) => (line.startsWith('PATCH') ? new TypeError('network') : undefined));
    await expect(upload(server)).rejects.toMatchObject({ status: 0 });
    expect(server.asked.filter(({ line }) => line.startsWith('PATCH'))).toHaveLength(6);
  });

  it('ends when it is aborted', async () => {
    const abort = new AbortController();
    const server = uploads((line) => {
      if (line.startsWith('PATCH')) abort.abort(new Error('enough'));
      return undefined;
    });
    await expect(upload(server, abort.signal)).rejects.toThrow('enough');
    expect(server.asked.at(-1)?.line).toBe('DELETE /uploads/7');
  });
});
