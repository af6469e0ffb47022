import type { Binary } from 'mongodb';
import { omitted } from '../fhir/omitted.ts';
import type { Resource, Stored } from '../fhir/resource.ts';
import { HttpProblem } from '../http/errors.ts';
import { KeyDestroyed } from '../protection/data-keys.ts';
import type { DataKeys } from '../protection/data-keys.ts';
import type { Place, RecordCipher } from '../protection/record-cipher.ts';

/** The purpose of the data key that encrypts a subject's records, as the key records name it. */
export const RECORD_KEY = 'record';

/** Where a resource belongs: its ciphertext is bound to it. */
export type ResourcePlace = Omit<Place, 'field'>;

/** A resource at rest. */
export interface Sealed {
  readonly key: string;
  readonly body: Binary;
  readonly updatedAt: Date;
}

/** Encrypts a resource, but for what the server sets, which is in the record's own fields. */
export function sealResource(
  cipher: RecordCipher,
  key: string,
  place: ResourcePlace,
  resource: Resource,
): Promise<Binary> {
  return cipher.seal(key, { ...place, field: 'resource' }, withoutFrame(resource));
}

/** The resource of a record. @throws Tampered; KeyDestroyed when the person was erased */
export async function openResource(
  cipher: RecordCipher,
  { key, body, updatedAt }: Sealed,
  place: ResourcePlace,
): Promise<Stored> {
  const resource = (await cipher.open(key, { ...place, field: 'resource' }, body)) as Resource;
  const { resourceType, meta, ...elements } = resource;
  return {
    resourceType,
    id: place.id,
    meta: { ...meta, versionId: String(place.version), lastUpdated: updatedAt.toISOString() },
    ...elements,
  };
}

/** The resources of records, in order, with their keys fetched by one query. Erased ones are left out. */
export async function openEach<T extends { readonly key: string }>(
  keys: DataKeys,
  records: readonly T[],
  open: (record: T) => Promise<Stored>,
): Promise<Stored[]> {
  await unlessErased(keys.prepare(records.map(({ key }) => key)));
  const opened: Stored[] = [];
  for (const record of records) {
    const stored = await unlessErased(open(record));
    if (stored) opened.push(stored);
  }
  return opened;
}

/** Undefined in place of what only a destroyed key could decrypt. */
export async function unlessErased<T>(opened: Promise<T>): Promise<T | undefined> {
  try {
    return await opened;
  } catch (error) {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  }
}

/** The time of a version: later than the one before it, whatever the clocks of replicas say. */
export function laterThan(former: Date): Date {
  return new Date(Math.max(Date.now(), former.getTime() + 1));
}

/** 422: a record would be about nobody; nothing would ever show it, and its key would be nobody's. */
export function unknownPatient(): HttpProblem {
  return new HttpProblem(422, 'Not processable', {
    detail: 'There is no such patient',
    extensions: { code: 'unknown-patient' },
  });
}

function withoutFrame({ meta, ...resource }: Resource): object {
  const kept = omitted(meta ?? {}, ['versionId', 'lastUpdated']);
  const content = omitted(resource, ['id']);
  return Object.keys(kept).length > 0 ? { ...content, meta: kept } : content;
}
