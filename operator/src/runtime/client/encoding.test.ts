import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../cache/watch-event.ts';
import {
  bytesField,
  encodeMetadata,
  enveloped,
  eventFrame,
  framed,
  numberField,
} from '../fixtures/protobuf-encoder.ts';
import { decode, readWatch } from './encoding.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const PROTOBUF_HEADERS = { 'content-type': 'application/vnd.kubernetes.protobuf;stream=watch' };

const KIND = 'PartialObjectMetadata';
const object = enveloped(KIND, encodeMetadata({ name: 'a', resourceVersion: '7' }));

describe('an answer', () => {
  it('is read in the encoding that the server says', () => {
    const name = { metadata: { name: 'a' } };
    const json = Buffer.from(JSON.stringify(name));
    expect(decode({ statusCode: 200, headers: JSON_HEADERS, body: json })).toEqual(name);
    expect(decode({ statusCode: 200, headers: {}, body: json })).toEqual(name);
    expect(decode({ statusCode: 200, headers: PROTOBUF_HEADERS, body: object })).toMatchObject(name);
  });

  it('is nothing where it is empty', () => {
    expect(decode({ statusCode: 200, headers: {}, body: Buffer.alloc(0) })).toBeUndefined();
  });
});

async function watched(headers: IncomingHttpHeaders, ...chunks: Buffer[]): Promise<string[]> {
  const seen: string[] = [];
  const onEvent = ({ type, object: { metadata } }: WatchEvent): number =>
    seen.push(`${type} ${metadata.name} ${metadata.resourceVersion}`);
  async function* body(): AsyncGenerator<Buffer> {
    yield* await Promise.resolve(chunks);
  }
  await readWatch({ headers, body: body() }, 'pods', onEvent);
  return seen;
}

const line = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a', resourceVersion: '7' } } })}\n`;
const status = [bytesField(3, 'too old'), bytesField(4, 'Expired'), numberField(6, 410)];
const expired = enveloped('Status', Buffer.concat(status));

describe('a watch', () => {
  it.each([
    ['JSON', JSON_HEADERS, Buffer.from(line)],
    ['nothing said', {}, Buffer.from(line)],
    ['protobuf', PROTOBUF_HEADERS, eventFrame('ADDED', object)],
  ])('of %s is read wherever it is cut', async (_what, headers, event) => {
    const bytes = Buffer.concat([event, event]);
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await watched(headers, bytes.subarray(0, cut), bytes.subarray(cut))).toEqual([
        'ADDED a 7',
        'ADDED a 7',
      ]);
  });

  it.each([
    ['JSON', JSON_HEADERS, Buffer.from(line.trimEnd())],
    ['protobuf', PROTOBUF_HEADERS, eventFrame('ADDED', object).subarray(0, -1)],
    ['a length in protobuf', PROTOBUF_HEADERS, Buffer.from([0, 0])],
  ])('that ends inside %s throws', async (_what, headers, bytes) => {
    await expect(watched(headers, bytes)).rejects.toThrow('pods: the watch was cut off inside');
  });

  it("throws the server's error with its code, so that 410 leads to a new list", async () => {
    await expect(watched(PROTOBUF_HEADERS, eventFrame('ERROR', expired))).rejects.toMatchObject({
      name: 'ApiError',
      status: 410,
      reason: 'Expired',
      message: expect.stringContaining('too old'),
    });
  });

  it.each([
    ['an event of another type', eventFrame('OTHER', object)],
    ['an event without an object', framed(bytesField(1, 'ADDED'))],
    ['an empty event', framed(Buffer.alloc(0))],
    ['JSON in a frame', framed(Buffer.from(line))],
  ])('throws instead of skipping %s', async (_what, frame) => {
    await expect(watched(PROTOBUF_HEADERS, frame)).rejects.toThrow();
  });
});
