import { readList, readObject } from './object-meta.ts';
import { delimited, messageFields, varint, WireReader } from './wire-reader.ts';

/** What Kubernetes puts before protobuf, so that nobody takes it for something else. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

/** `k8s.io.apimachinery.pkg.runtime.Unknown`: an object and what it is. */
interface Unknown {
  kind: string;
  raw: WireReader | undefined;
}

/** As much of a `metav1.Status` as the ERROR event of a watch needs. */
interface Status {
  message: string;
  reason: string;
  code: number;
}

interface Event {
  type: string;
  object: unknown;
}

const TYPE_META = messageFields<Unknown>({
  [delimited(2)]: (reader, unknown) => {
    unknown.kind = reader.sharedText();
  },
});

const UNKNOWN = messageFields<Unknown>({
  [delimited(1)]: (reader, unknown) => {
    reader.message(TYPE_META, unknown);
  },
  [delimited(2)]: (reader, unknown) => {
    unknown.raw = reader.embedded();
  },
});

const STATUS = messageFields<Status>({
  [delimited(3)]: (reader, status) => {
    status.message = reader.text();
  },
  [delimited(4)]: (reader, status) => {
    status.reason = reader.text();
  },
  [varint(6)]: (reader, status) => {
    status.code = reader.number();
  },
});

/** `runtime.RawExtension`: around the object of an event. */
const RAW_EXTENSION = messageFields<Event>({
  [delimited(1)]: (reader, event) => {
    event.object = readEnvelope(reader.embedded());
  },
});

const WATCH_EVENT = messageFields<Event>({
  [delimited(1)]: (reader, event) => {
    event.type = reader.sharedText();
  },
  [delimited(2)]: (reader, event) => {
    reader.message(RAW_EXTENSION, event);
  },
});

/** Reads an answer of `application/vnd.kubernetes.protobuf`: metadata of an object, a list of such, or a Status. */
export function decodeObject(bytes: Buffer): unknown {
  return readEnvelope(new WireReader(bytes));
}

/** Reads a `metav1.WatchEvent`, as JSON has it. What is in it is for the caller to check. */
export function decodeWatchEvent(frame: Buffer): unknown {
  return new WireReader(frame).fields(WATCH_EVENT, { type: '', object: undefined });
}

function readEnvelope(reader: WireReader): unknown {
  if (!reader.passes(MAGIC)) throw new Error('not the protobuf of Kubernetes: it begins otherwise');
  const unknown: Unknown = { kind: '', raw: undefined };
  const { kind, raw } = reader.fields(UNKNOWN, unknown);
  if (raw !== undefined) {
    if (kind === 'PartialObjectMetadata') return readObject(raw);
    if (kind === 'PartialObjectMetadataList') return readList(raw);
    if (kind === 'Status') return raw.fields(STATUS, { message: '', reason: '', code: 500 });
  }
  throw new Error(`protobuf of a kind that was not asked for: ${JSON.stringify(kind)}`);
}
