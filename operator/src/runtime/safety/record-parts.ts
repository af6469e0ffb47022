import type { AnyObject, KubeObject } from '../kube.ts';

/**
 * The layout of the record of held deletions: ConfigMaps that each hold whole objects as JSON, by uid. Every one of
 * them can be read without the others, and an object never moves from one to another, so that a record that was
 * written by half is still true of each object in it. Pure.
 */

/** How many ConfigMaps there may be: the operator's rights name each of them. */
export const RECORD_PARTS = 16;
/** Bytes of objects in one ConfigMap. The API server refuses more than 1 MiB; managedFields come on top of ours. */
const PART_BYTES = 900_000;
/** What a key costs beside its object, in bytes: itself, and its entry in managedFields. */
const KEY_BYTES = 128;

/** One ConfigMap of the record. */
export interface RecordPart {
  /** Objects as JSON, by uid. */
  entries: ReadonlyMap<string, string>;
  /** It exists in the cluster. */
  isThere: boolean;
  /** It has entries that nobody can read. */
  isDamaged: boolean;
  /** A write of it failed: what the cluster has may be something else. */
  isUncertain: boolean;
}

const NEW: RecordPart = { entries: new Map(), isThere: false, isDamaged: false, isUncertain: false };

/** What has to be written so that the record holds `held`. */
export interface RecordChange {
  /** All parts, as they then are. */
  parts: RecordPart[];
  /** Indexes of parts to write, in this order. */
  writes: number[];
  /** Indexes of parts to delete, in this order. */
  removals: number[];
  /** How many objects found no room. */
  unrecorded: number;
}

/** Names of the record's ConfigMaps; readers begin with the first and stop at the first that is not there. */
export function recordNames(lease: string): string[] {
  return Array.from({ length: RECORD_PARTS }, (_, index) => `${lease}-held-${index}`);
}

/** The parts when the change could not be written, or not all of it: each is to be written, or deleted, again. */
export function failedChange({ parts, writes, removals }: RecordChange): RecordPart[] {
  const doubtful = new Set(writes);
  const kept = parts.map((part, index) => ({ ...part, isUncertain: doubtful.has(index) }));
  return [...kept, ...removals.map(() => ({ ...NEW, isThere: true }))];
}

export function changeRecord(before: readonly RecordPart[], held: readonly KubeObject[]): RecordChange {
  const wanted = new Map(held.map((object) => [object.metadata.uid ?? '', JSON.stringify(object)]));
  const parts = before.map(({ entries }) => new Map([...entries].filter(([uid]) => wanted.has(uid))));
  const placed = new Set(parts.flatMap((entries) => [...entries.keys()]));
  const bytes = parts.map(bytesOf);
  let unrecorded = 0;
  for (const [uid, json] of wanted) {
    if (placed.has(uid)) continue;
    const size = sizeOf(json);
    const index = roomFor(size, bytes);
    if (index === undefined) unrecorded++;
    else {
      (parts[index] ??= new Map()).set(uid, json);
      bytes[index] = (bytes[index] ?? 0) + size;
    }
  }
  return { ...decide(before, parts), unrecorded };
}

/** The index of the first part that can take so many bytes. */
function roomFor(size: number, bytes: readonly number[]): number | undefined {
  if (size > PART_BYTES) return undefined;
  const found = bytes.findIndex((taken) => taken + size <= PART_BYTES);
  if (found >= 0) return found;
  return bytes.length < RECORD_PARTS ? bytes.length : undefined;
}

function decide(
  before: readonly RecordPart[],
  entries: readonly ReadonlyMap<string, string>[],
): Pick<RecordChange, 'parts' | 'writes' | 'removals'> {
  const parts = entries.map((kept, index) => ({ ...NEW, ...before[index], entries: kept }));
  const changed = parts.map(
    (part, index) => part.isUncertain || !hasSameKeys(part.entries, before[index]?.entries ?? new Map()),
  );
  // Readers stop at the first that is missing: only the last ones may go. What cannot be read is for somebody to see.
  const isKept = (part: RecordPart, index: number): boolean =>
    part.entries.size > 0 || (part.isDamaged && changed[index] !== true);
  const length = parts.findLastIndex(isKept) + 1;
  const kept = parts.slice(0, length);
  return {
    parts: kept.map((part, index) => ({
      ...part,
      isThere: true,
      isDamaged: part.isDamaged && changed[index] !== true,
      isUncertain: false,
    })),
    writes: kept.flatMap((part, index) => (changed[index] === true || !part.isThere ? [index] : [])),
    removals: parts.flatMap((part, index) => (index >= length && part.isThere ? [index] : [])).reverse(),
  };
}

/** The ConfigMap of a part. */
export function partObject(key: { namespace: string; name: string }, { entries }: RecordPart): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...key,
      labels: { 'app.kubernetes.io/managed-by': 'careplane' },
      annotations: {
        'careplane.dev/about': 'objects whose deletion is held until it is confirmed; kept by the operator',
      },
    },
    data: Object.fromEntries(entries),
  };
}

/** Reads a part as it is in the cluster, and says what of it cannot be read. */
export function readPart(found: KubeObject): {
  part: RecordPart;
  objects: KubeObject[];
  faults: { entry: string; fault: string }[];
} {
  const { data } = found as { data?: Record<string, unknown> };
  const read = Object.entries(data ?? {}).map(([uid, json]) => ({ uid, json, ...parse(uid, json) }));
  const faults = read.flatMap(({ uid, fault }) => (fault === undefined ? [] : [{ entry: uid, fault }]));
  const good = read.filter(({ object }) => object !== undefined);
  return {
    part: {
      entries: new Map(good.map(({ uid, json }) => [uid, String(json)])),
      isThere: true,
      isDamaged: faults.length > 0,
      isUncertain: false,
    },
    objects: good.flatMap(({ object }) => (object === undefined ? [] : [object])),
    faults,
  };
}

function parse(uid: string, json: unknown): { object?: KubeObject; fault?: string } {
  const object = json === '' || typeof json !== 'string' ? undefined : parsed(json);
  // The parser's own message would quote the content.
  if (object === undefined) return { fault: 'is not JSON' };
  if (!isObject(object)) return { fault: 'is no object with apiVersion, kind, name and uid' };
  return object.metadata.uid === uid ? { object } : { fault: 'is an object with another uid' };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is KubeObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  const { name, uid } = metadata ?? {};
  return [apiVersion, kind, name, uid].every((text) => typeof text === 'string' && text !== '');
}

function hasSameKeys(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one.keys()].every((key) => other.has(key));
}

function bytesOf(entries: ReadonlyMap<string, string>): number {
  return [...entries.values()].reduce((sum, json) => sum + sizeOf(json), 0);
}

function sizeOf(json: string): number {
  return Buffer.byteLength(json) + KEY_BYTES;
}
