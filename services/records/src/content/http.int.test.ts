import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '@careplane/kit';
import { until } from '@careplane/testing';
import { Upload } from 'tus-js-client';
import { request } from 'undici';
import { someText } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { startUploadService, UPLOADS } from '../../test/upload-service.ts';

const CHUNK = 65_536;
const OFFSET = 'application/offset+octet-stream';

describe('contents over HTTP', () => {
  let lab: ContentLab;
  let service: RunningService;
  beforeAll(async () => {
    lab = await contentLab();
    service = await startUploadService(lab);
  });
  afterAll(async () => {
    await service.stop();
    await lab.stop();
  });

  const url = (path: string): string => `${service.url ?? ''}${path}`;
  const tus = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
    fetch(url(path), {
      method,
      headers: { 'tus-resumable': '1.0.0', ...headers },
      ...(body ? { body: Buffer.from(body) } : {}),
    });
  const metadata = (patient = 'Patient/1', type = 'text/plain'): string =>
    [
      `patient ${Buffer.from(patient).toString('base64')}`,
      `filetype ${Buffer.from(type).toString('base64')}`,
    ].join(',');
  const begin = async (size: number, headers: Record<string, string> = {}): Promise<string> => {
    const begun = await tus('POST', UPLOADS, {
      'upload-length': String(size),
      'upload-metadata': metadata(),
      ...headers,
    });
    expect(begun.status).toBe(201);
    return begun.headers.get('location') ?? '';
  };
  const patch = (path: string, offset: number, bytes: Uint8Array, headers: Record<string, string> = {}) =>
    tus('PATCH', path, { 'content-type': OFFSET, 'upload-offset': String(offset), ...headers }, bytes);
  const stored = async (bytes: Buffer): Promise<string> => {
    const path = await begin(bytes.length);
    expect((await patch(path, 0, bytes)).status).toBe(204);
    const document = path.replace(UPLOADS, '/documents');
    expect((await fetch(url(document), { method: 'POST' })).status).toBe(201);
    return document;
  };

  describe('that are uploaded', () => {
    it('by a client of tus are what it sent', async () => {
      const bytes = someText(1_000_003);
      const upload = await new Promise<Upload>((resolve, reject) => {
        const client: Upload = new Upload(bytes, {
          endpoint: url(UPLOADS),
          chunkSize: 100_000,
          retryDelays: null,
          metadata: { patient: 'Patient/1', filetype: 'text/plain' },
          onError: reject,
          onSuccess: () => {
            resolve(client);
          },
        });
        client.start();
      });
      const document = new URL(upload.url ?? '').pathname.replace(UPLOADS, '/documents');
      expect((await fetch(url(document), { method: 'POST' })).status).toBe(201);
      const answer = await fetch(url(document));
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    });

    it('tell what is spoken, and refuse another version of it', async () => {
      const options = await fetch(url(UPLOADS), { method: 'OPTIONS' });
      expect([
        options.status,
        options.headers.get('tus-version'),
        options.headers.get('tus-max-size'),
      ]).toEqual([204, '1.0.0', String(lab.mostBytes)]);
      const other = await tus('POST', UPLOADS, { 'tus-resumable': '0.2.2' });
      expect([other.status, other.headers.get('tus-version')]).toEqual([412, '1.0.0']);
    });

    it('by a connection that breaks off keep what came and go on there', async () => {
      const bytes = someText(6 * CHUNK);
      const path = await begin(bytes.length);
      const abort = new AbortController();
      const broken = async function* (): AsyncGenerator<Buffer> {
        yield bytes.subarray(0, 3 * CHUNK);
        await until(async () => (await lab.blobsOf(path.slice(UPLOADS.length + 1))).length > 0, {
          what: 'a blob to begin',
        });
        abort.abort();
      };
      const sending = request(url(path), {
        method: 'PATCH',
        headers: { 'tus-resumable': '1.0.0', 'content-type': OFFSET, 'upload-offset': '0' },
        body: Readable.from(broken()),
        signal: abort.signal,
      });
      await expect(sending).rejects.toThrow();
      const offset = await until(
        async () => {
          const at = Number((await tus('HEAD', path)).headers.get('upload-offset'));
          return at > 0 ? at : false;
        },
        { what: 'what came to be committed' },
      ).then(async () => Number((await tus('HEAD', path)).headers.get('upload-offset')));
      expect(offset).toBeGreaterThanOrEqual(2 * CHUNK);
      expect((await patch(path, offset, bytes.subarray(offset))).status).toBe(204);
      const document = path.replace(UPLOADS, '/documents');
      await fetch(url(document), { method: 'POST' });
      expect(Buffer.from(await (await fetch(url(document))).arrayBuffer()).equals(bytes)).toBe(true);
    });

    it('refuse bytes at another offset, of another type, beyond the end, or that do not fit their checksum', async () => {
      const bytes = someText(CHUNK);
      const path = await begin(bytes.length);
      const conflict = await patch(path, 5, bytes);
      expect([conflict.status, conflict.headers.get('upload-offset')]).toEqual([409, '0']);
      expect((await patch(path, 0, bytes, { 'content-type': 'text/plain' })).status).toBe(415);
      expect((await patch(path, 0, someText(CHUNK + 1))).status).toBe(413);
      const checksum = (of: Uint8Array): Record<string, string> => ({
        'upload-checksum': `sha1 ${createHash('sha1').update(of).digest('base64')}`,
      });
      expect((await patch(path, 0, bytes, checksum(randomBytes(1)))).status).toBe(460);
      expect((await patch(path, 0, bytes, { 'upload-checksum': 'md5 AAAA' })).status).toBe(400);
      expect((await tus('HEAD', path)).headers.get('upload-offset')).toBe('0');
      expect((await patch(path, 0, bytes, checksum(bytes))).status).toBe(204);
    });

    it('refuse what does not fit the checksum of the whole', async () => {
      const bytes = someText(100);
      const digest = `sha-256=:${createHash('sha256').update('another').digest('base64')}:`;
      const path = await begin(bytes.length, { 'repr-digest': digest });
      await patch(path, 0, bytes);
      const finished = await fetch(url(path.replace(UPLOADS, '/documents')), { method: 'POST' });
      expect([finished.status, await finished.json()]).toEqual([
        422,
        expect.objectContaining({ reason: 'checksum' }),
      ]);
    });

    it.each([
      ['upload-length', {}, { 'upload-length': 'many' }],
      ['upload-metadata', {}, { 'upload-metadata': 'patient *' }],
      ['upload-metadata.patient', {}, { 'upload-metadata': '' }],
      ['repr-digest', {}, { 'repr-digest': 'sha-256=:AAAA:' }],
    ])('say that %s is wrong', async (path, _, headers) => {
      const wrong = await tus('POST', UPLOADS, {
        'upload-length': '1',
        'upload-metadata': metadata(),
        ...headers,
      });
      expect(wrong.status).toBe(400);
      expect(((await wrong.json()) as { errors: { path: string }[] }).errors[0]?.path).toBe(
        `headers.${path}`,
      );
    });

    it('are of types and sizes that are taken, and for patients that the caller may add to', async () => {
      const refused = async (headers: Record<string, string>): Promise<number> =>
        (await tus('POST', UPLOADS, { 'upload-length': '1', 'upload-metadata': metadata(), ...headers }))
          .status;
      expect(await refused({ 'upload-metadata': metadata('Patient/1', 'text/html') })).toBe(415);
      expect(await refused({ 'upload-length': String(lab.mostBytes + 1) })).toBe(413);
      expect(await refused({ 'upload-metadata': metadata('Patient/closed') })).toBe(403);
    });

    it('are not there for others, and not after they were given up', async () => {
      const path = await begin(10, { 'x-user': 'ada' });
      for (const method of ['HEAD', 'DELETE'])
        expect((await tus(method, path, { 'x-user': 'eve' })).status).toBe(404);
      expect((await patch(path, 0, someText(10), { 'x-user': 'eve' })).status).toBe(404);
      expect((await tus('DELETE', path, { 'x-user': 'ada' })).status).toBe(204);
      expect((await tus('HEAD', path, { 'x-user': 'ada' })).status).toBe(404);
    });
  });

  describe('that are downloaded', () => {
    const bytes = someText(3 * CHUNK + 17);
    let document = '';
    beforeAll(async () => {
      document = await stored(bytes);
    });
    const get = (headers: Record<string, string> = {}, method = 'GET') =>
      fetch(url(document), { method, headers });

    it('say what they are, and let no browser run them', async () => {
      const answer = await get();
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/plain',
        'content-length': String(bytes.length),
        'repr-digest': `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`,
        'accept-ranges': 'bytes',
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      const head = await get({}, 'HEAD');
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
        200,
        String(bytes.length),
        '',
      ]);
    });

    it('by range are that part: 206', async () => {
      for (const [range, start, end] of [
        ['bytes=0-0', 0, 0],
        [`bytes=${String(CHUNK - 1)}-${String(CHUNK)}`, CHUNK - 1, CHUNK],
        ['bytes=-5', bytes.length - 5, bytes.length - 1],
        ['bytes=100-', 100, bytes.length - 1],
      ] as const) {
        const answer = await get({ range });
        expect([answer.status, answer.headers.get('content-range')]).toEqual([
          206,
          `bytes ${String(start)}-${String(end)}/${String(bytes.length)}`,
        ]);
        expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    });

    it('beyond their end are 416 with their size', async () => {
      const answer = await get({ range: `bytes=${String(bytes.length)}-` });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([
        416,
        `bytes */${String(bytes.length)}`,
      ]);
      expect(answer.headers.get('content-type')).toMatch('problem+json');
    });

    it('by If-Range are a part only of what the client has, and by If-None-Match nothing of it', async () => {
      const etag = (await get({}, 'HEAD')).headers.get('etag') ?? '';
      expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
      expect((await get({ range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200);
      expect((await get({ 'if-none-match': etag })).status).toBe(304);
    });

    it('break off where the store was tampered with, and are a problem when it was at the beginning', async () => {
      const other = await stored(someText(3 * CHUNK + 17));
      const ids = [document, other].map((path) => path.slice('/documents/'.length)) as [string, string];
      await lab.exchangeBlobs(...ids);
      const answer = await get();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        500,
        expect.stringMatching('problem'),
      ]);
      await lab.exchangeBlobs(...ids);
      await lab.damage(ids[0], 2 * CHUNK);
      const half = await get();
      expect(half.status).toBe(200);
      await expect(half.arrayBuffer()).rejects.toThrow();
    });

    it('are empty when they are', async () => {
      const path = await begin(0);
      const empty = path.replace(UPLOADS, '/documents');
      expect((await fetch(url(empty), { method: 'POST' })).status).toBe(201);
      const answer = await fetch(url(empty));
      expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
        200,
        '0',
        '',
      ]);
    });
  });
});
