import type { IncomingHttpHeaders } from 'node:http';
import { checkWatchEvent, parseWatchEvent, type WatchEvent } from '../cache/watch-event.ts';
import type { Answer } from './exchange.ts';
import { LineSplitter } from './lines.ts';
import { decodeObject, decodeWatchEvent } from './protobuf/envelope.ts';
import { FrameSplitter } from './protobuf/frames.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';

/**
 * Asks for metadata only. Protobuf costs the API server less; JSON is for servers that have none (aggregated ones). It converts no
 * error, so those stay JSON.
 */
export function metadataAccept(kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string {
  const conversion = `as=${kind};g=meta.k8s.io;v=v1`;
  return `${PROTOBUF};${conversion}, ${JSON_TYPE};${conversion}`;
}

/** What an answer holds, in the encoding that the server chose. */
export function decode({ headers, body }: Answer): unknown {
  if (isProtobuf(headers)) return decodeObject(body);
  return body.length === 0 ? undefined : (JSON.parse(body.toString('utf8')) as unknown);
}

/** A watch as it comes. */
export interface WatchStream {
  headers: IncomingHttpHeaders;
  body: AsyncIterable<Buffer>;
}

/** Reads a watch to its end. Throws for its ERROR event (ApiError) and for what is no event. */
export async function readWatch(
  { headers, body }: WatchStream,
  plural: string,
  onEvent: (event: WatchEvent) => void,
): Promise<void> {
  if (isProtobuf(headers)) {
    const frames = new FrameSplitter();
    for await (const chunk of body)
      for (const frame of frames.push(chunk)) onEvent(checkWatchEvent(decodeWatchEvent(frame), plural));
    if (frames.rest > 0) throw new Error(`${plural}: the watch was cut off inside an event`);
    return;
  }
  const lines = new LineSplitter();
  for await (const chunk of body)
    for (const line of lines.push(chunk)) onEvent(parseWatchEvent(line, plural));
  if (lines.rest > 0) throw new Error(`${plural}: the watch was cut off inside a line`);
}

function isProtobuf(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith(PROTOBUF) === true;
}
