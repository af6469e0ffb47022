import { randomBytes, randomUUID } from 'node:crypto';
import { withTransaction } from '@careplane/kit';
import type { DocumentPlace, Upload } from '../src/content/index.ts';
import { collected } from './collected.ts';
import type { ContentLab } from './content-lab.ts';

/** A place of its own. */
export function somePlace(): DocumentPlace {
  return { patient: `Patient/${randomUUID()}`, document: `Binary/${randomUUID()}`, version: 1 };
}

/** Text of so many bytes, another one each time. */
export function someText(size: number): Buffer {
  return Buffer.alloc(size, randomBytes(30_000).toString('hex'));
}

/** As a request brings it. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
export async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

/** What senders and readers do. */
export interface ContentCalls {
  begin(size?: number, at?: DocumentPlace): Promise<Upload>;
  /** Uploads in requests that end at these offsets. */
  send(id: string, bytes: Buffer, ends?: readonly number[]): Promise<void>;
  /** Uploads, finishes, and has a record refer to it. @returns its id */
  stored(bytes: Buffer, at?: DocumentPlace, ends?: readonly number[]): Promise<string>;
  readBack(id: string, range?: { start: number; end: number }): Promise<Buffer>;
}

export function contentCalls({ content, mongo }: Pick<ContentLab, 'content' | 'mongo'>): ContentCalls {
  const calls: ContentCalls = {
    begin: (size, at = somePlace()) => content.begin(at, { contentType: 'text/plain', size }),
    async send(id, bytes, ends = [bytes.length]) {
      let offset = 0;
      for (const end of ends) {
        ({ offset } = await content.append(id, { offset, source: pieces(bytes.subarray(offset, end)) }));
      }
    },
    async stored(bytes, at = somePlace(), ends) {
      const { id } = await calls.begin(bytes.length, at);
      await calls.send(id, bytes, ends);
      await content.finish(id);
      await withTransaction(mongo, (tx) => content.attach(id, at, tx));
      return id;
    },
    async readBack(id, range) {
      const opened = await content.open(id);
      return Buffer.concat(await collected(opened.read(range)));
    },
  };
  return calls;
}
