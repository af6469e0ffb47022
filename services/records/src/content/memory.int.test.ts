import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { request } from 'undici';
import type { ProbedS3 } from '../../test/memory-probe.ts';
import { BUCKET, startS3Ground } from '../../test/s3-ground.ts';
import { UPLOADS } from '../../test/upload-service.ts';

const SIZE = 100_000_000;
const MOST_MEMORY = 64 * 1_048_576;
const PROBE = join(import.meta.dirname, '../../test/memory-probe.ts');

/** What a probe needs to know of its object store. */
async function startBucket(): Promise<{ readonly s3: ProbedS3; stop(): Promise<void> }> {
  const ground = await startS3Ground();
  const s3 = { endpoint: ground.server.url, bucket: BUCKET, secret: ground.secret };
  return { s3, stop: () => ground.stop() };
}

describe.each(['GridFS', 'S3'])('a document of 100 MB in %s', (store) => {
  let mongod: RunningMongod;
  let bucket: Awaited<ReturnType<typeof startBucket>> | undefined;
  let probe: ChildProcess;
  let url = '';
  beforeAll(async () => {
    mongod = await startMongod();
    bucket = store === 'S3' ? await startBucket() : undefined;
    const settings = bucket ? [JSON.stringify(bucket.s3)] : [];
    probe = fork(PROBE, [mongod.uri, String(SIZE), ...settings], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    ({ url } = (await answerOf(probe)) as { url: string });
  }, 60_000);
  afterAll(async () => {
    probe.kill('SIGKILL');
    await mongod.stop();
    await bucket?.stop();
  });

  const memory = async (): Promise<number> => {
    const answer = answerOf(probe);
    probe.send({});
    return ((await answer) as { rss: number }).rss;
  };
  const upload = async (bytes: number): Promise<string> => {
    const metadata = `patient ${base64('Patient/1')},filetype ${base64('application/pdf')}`;
    const tus = { 'tus-resumable': '1.0.0' };
    const headers = { ...tus, 'upload-length': String(bytes), 'upload-metadata': metadata };
    const begun = await request(`${url}${UPLOADS}`, { method: 'POST', headers });
    const path = String(begun.headers['location']);
    const sent = await request(`${url}${path}`, {
      method: 'PATCH',
      headers: { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
      body: Readable.from(document(bytes)),
      headersTimeout: 120_000,
    });
    expect(sent.statusCode).toBe(204);
    const made = await request(`${url}${path.replace(UPLOADS, '/documents')}`, {
      method: 'POST',
      headersTimeout: 120_000,
    });
    expect(made.statusCode).toBe(201);
    return path.replace(UPLOADS, '/documents');
  };
  const download = async (path: string): Promise<string> => {
    const { body } = await request(`${url}${path}`);
    const hash = createHash('sha256');
    for await (const piece of body) hash.update(piece as Buffer);
    return hash.digest('hex');
  };

  it('is uploaded, checked and downloaded in at most 64 MiB of memory beyond what one of 10 MB takes', async () => {
    // V8 lets so much of what lies outside its heap be garbage before it looks; a service that works has that already.
    await download(await upload(10_000_000));
    const before = await memory();
    const path = await upload(SIZE);
    const afterUpload = await memory();
    const expected = createHash('sha256');
    for (const piece of document(SIZE)) expected.update(piece);
    expect(await download(path)).toBe(expected.digest('hex'));
    const used = { upload: afterUpload - before, download: (await memory()) - before };
    expect(used.upload).toBeLessThan(MOST_MEMORY);
    expect(used.download).toBeLessThan(MOST_MEMORY);
  }, 120_000);
});

function* document(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(65_536, '%PDF-1.7\n 0 obj stream');
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the probe has ended')));
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return message;
}
