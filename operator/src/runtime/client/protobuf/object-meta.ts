import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../../kube.ts';
import { delimited, messageFields, varint, type WireReader } from './wire-reader.ts';

// Numbers of fields: k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. Go writes empty texts, which JSON leaves out.

/** Always with the same fields, so that all objects have one hidden class. */
type Metadata = { [field in keyof ObjectMeta]-?: ObjectMeta[field] | undefined };

type Timestamp = { seconds: number };

interface MapEntry {
  key: string;
  value: string;
}

/** A page of a list, as JSON gives it. */
export interface MetadataList {
  metadata: { resourceVersion: string; continue?: string };
  items: KubeObject[];
}

const TIME = messageFields<Timestamp>({
  [varint(1)]: (reader, time) => {
    time.seconds = reader.number();
  },
});

const MAP_ENTRY = messageFields<MapEntry>({
  [delimited(1)]: (reader, entry) => {
    entry.key = reader.sharedText();
  },
  [delimited(2)]: (reader, entry) => {
    entry.value = reader.sharedText();
  },
});

const OWNER_REFERENCE = messageFields<OwnerReference>({
  [delimited(1)]: (reader, owner) => {
    owner.kind = reader.sharedText();
  },
  [delimited(3)]: (reader, owner) => {
    owner.name = reader.sharedText();
  },
  [delimited(4)]: (reader, owner) => {
    owner.uid = reader.sharedText();
  },
  [delimited(5)]: (reader, owner) => {
    owner.apiVersion = reader.sharedText();
  },
  [varint(6)]: (reader, owner) => {
    owner.controller = reader.boolean();
  },
  [varint(7)]: (reader, owner) => {
    owner.blockOwnerDeletion = reader.boolean();
  },
});

const FIELDS_V1 = messageFields<ManagedFieldsEntry>({
  [delimited(1)]: (reader, entry) => {
    entry.fieldsJson = reader.text();
  },
});

const MANAGED_FIELDS_ENTRY = messageFields<ManagedFieldsEntry>({
  [delimited(1)]: (reader, entry) => {
    entry.manager = reader.sharedText();
  },
  [delimited(2)]: (reader, entry) => {
    entry.operation = reader.sharedText();
  },
  [delimited(7)]: (reader, entry) => {
    reader.message(FIELDS_V1, entry);
  },
  [delimited(8)]: (reader, entry) => {
    entry.subresource = reader.sharedText();
  },
});

const OBJECT_META = messageFields<Metadata>({
  [delimited(1)]: (reader, meta) => {
    meta.name = reader.sharedText();
  },
  [delimited(3)]: (reader, meta) => {
    meta.namespace = unlessEmpty(reader.sharedText());
  },
  [delimited(5)]: (reader, meta) => {
    meta.uid = unlessEmpty(reader.text());
  },
  [delimited(6)]: (reader, meta) => {
    meta.resourceVersion = unlessEmpty(reader.text());
  },
  [varint(7)]: (reader, meta) => {
    const generation = reader.number();
    meta.generation = generation === 0 ? undefined : generation;
  },
  [delimited(8)]: (reader, meta) => {
    meta.creationTimestamp = timestamp(reader);
  },
  [delimited(9)]: (reader, meta) => {
    meta.deletionTimestamp = timestamp(reader);
  },
  [delimited(11)]: (reader, meta) => {
    putEntry(reader, (meta.labels ??= {}));
  },
  [delimited(12)]: (reader, meta) => {
    putEntry(reader, (meta.annotations ??= {}));
  },
  [delimited(13)]: (reader, meta) => {
    const owner = { apiVersion: '', kind: '', name: '', uid: '' };
    (meta.ownerReferences ??= []).push(reader.message(OWNER_REFERENCE, owner));
  },
  [delimited(14)]: (reader, meta) => {
    (meta.finalizers ??= []).push(reader.sharedText());
  },
  [delimited(17)]: (reader, meta) => {
    (meta.managedFields ??= []).push(reader.message(MANAGED_FIELDS_ENTRY, {}));
  },
});

const PARTIAL_OBJECT_METADATA = messageFields<Metadata>({
  [delimited(1)]: (reader, meta) => {
    reader.message(OBJECT_META, meta);
  },
});

const LIST_META = messageFields<MetadataList['metadata']>({
  [delimited(2)]: (reader, meta) => {
    meta.resourceVersion = reader.text();
  },
  [delimited(3)]: (reader, meta) => {
    meta.continue = reader.text();
  },
});

const PARTIAL_OBJECT_METADATA_LIST = messageFields<MetadataList>({
  [delimited(1)]: (reader, list) => {
    reader.message(LIST_META, list.metadata);
  },
  [delimited(2)]: (reader, list) => {
    list.items.push(readObject(reader.embedded()));
  },
});

/** A `meta.k8s.io/v1` PartialObjectMetadata: as much of its metadata as {@link ObjectMeta} has. */
export function readObject(reader: WireReader): KubeObject {
  const metadata = reader.fields(PARTIAL_OBJECT_METADATA, emptyMetadata());
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: metadata as ObjectMeta };
}

/** A `meta.k8s.io/v1` PartialObjectMetadataList. */
export function readList(reader: WireReader): MetadataList {
  return reader.fields(PARTIAL_OBJECT_METADATA_LIST, { metadata: { resourceVersion: '' }, items: [] });
}

function emptyMetadata(): Metadata {
  return {
    name: undefined,
    namespace: undefined,
    uid: undefined,
    resourceVersion: undefined,
    generation: undefined,
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    finalizers: undefined,
    labels: undefined,
    annotations: undefined,
    ownerReferences: undefined,
    managedFields: undefined,
  };
}

function putEntry(reader: WireReader, map: Record<string, string>): void {
  const { key, value } = reader.message(MAP_ENTRY, { key: '', value: '' });
  map[key] = value;
}

function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** What is made together has one time: the text of the last one is kept. */
const lastTime = { seconds: 0, text: '' };

/** As JSON has it: to the second. */
function timestamp(reader: WireReader): string | undefined {
  const { seconds } = reader.message(TIME, { seconds: 0 });
  if (seconds === 0) return undefined;
  if (seconds !== lastTime.seconds) {
    lastTime.text = `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
    lastTime.seconds = seconds;
  }
  return lastTime.text;
}
