import { dataClassesOf, KeyDestroyed } from '@careplane/kit';
import type { BlindIndex, DataKeys, Place, RecordCipher, Resource, Stored } from '@careplane/kit';
import type { PersonKind } from './kinds/kind.ts';
import type { PersonRecord, PersonVersion } from './person-record.ts';
import { uniqueTerms } from './unique.ts';

/** What turns resources into records and back. */
export interface Protection {
  readonly keys: DataKeys;
  readonly cipher: RecordCipher;
  readonly index: BlindIndex;
  /** Identifier systems in which a value belongs to one patient. */
  readonly ownSystems: ReadonlySet<string>;
}

/** What a record says beside its resource. */
export type RecordFrame = Pick<PersonRecord, '_id' | 'version' | 'key' | 'createdAt' | 'updatedAt'>;

/** Encrypts a resource and makes its tokens. */
export async function sealPerson(
  { cipher, index, ownSystems }: Protection,
  kind: PersonKind,
  frame: RecordFrame,
  resource: Resource,
): Promise<PersonRecord> {
  const subject = kind.subjectOf(frame._id, resource);
  const body = await cipher.seal(frame.key, placeOf(kind, subject, frame), withoutFrame(resource));
  const unique = index.tokens(uniqueTerms(kind.type, resource, ownSystems));
  return {
    ...frame,
    subject,
    body,
    lookup: index.mark,
    tokens: index.tokens(kind.terms(resource)),
    ...(unique.length > 0 ? { unique } : {}),
    access: accessOf(kind, resource),
    ...(kind.type === 'Practitioner' ? { identifierKey: frame._id } : {}),
  };
}

/** What decisions look at, beside the id: the readable part of a record. */
function accessOf(kind: PersonKind, resource: Resource): PersonRecord['access'] {
  const dataClass = dataClassesOf(resource);
  return { ...kind.access(resource), ...(dataClass.length > 0 ? { dataClass } : {}) };
}

/** The resource of a record. @throws Tampered; KeyDestroyed when the person was erased */
export async function openPerson(
  { cipher }: Pick<Protection, 'cipher'>,
  kind: PersonKind,
  record: PersonRecord | PersonVersion,
): Promise<Stored> {
  const id = 'id' in record ? record.id : record._id;
  const frame = { _id: id, version: record.version };
  const body = (await cipher.open(record.key, placeOf(kind, record.subject, frame), record.body)) as Resource;
  const { resourceType, ...elements } = body;
  return {
    resourceType,
    id,
    meta: {
      ...(body.meta ?? {}),
      versionId: String(record.version),
      lastUpdated: record.updatedAt.toISOString(),
    },
    ...without(elements, 'meta'),
  };
}

/** The resources of records, in order, with their keys fetched by one query. Erased ones are left out. */
export async function openPersons(
  protection: Protection,
  kind: PersonKind,
  records: readonly (PersonRecord | PersonVersion)[],
): Promise<Stored[]> {
  await unlessErased(protection.keys.prepare(records.map(({ key }) => key)));
  const opened: Stored[] = [];
  for (const record of records) {
    const stored = await unlessErased(openPerson(protection, kind, record));
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

/** A record as it is kept when another version takes its place. */
export function versionOf(kind: PersonKind, record: PersonRecord): PersonVersion {
  const { _id: id, version, subject, key, body, access, createdAt, updatedAt, replacedBy } = record;
  return {
    _id: `${kind.type}/${id}/${String(version)}`,
    type: kind.type,
    id,
    version,
    subject,
    key,
    body,
    access,
    createdAt,
    updatedAt,
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

function placeOf(kind: PersonKind, subject: string, frame: Pick<RecordFrame, '_id' | 'version'>): Place {
  return { subject, type: kind.type, id: frame._id, version: frame.version, field: 'resource' };
}

/** What the server sets is in the record's own fields. */
function withoutFrame(resource: Resource): Resource {
  const { meta } = resource;
  const kept = meta ? without(meta, 'versionId', 'lastUpdated') : {};
  const body = without(resource, 'id', 'meta');
  return (Object.keys(kept).length > 0 ? { ...body, meta: kept } : body) as Resource;
}

function without(object: Readonly<Record<string, unknown>>, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
