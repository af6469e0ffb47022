import { dataClassesOf, openEach, openResource, sealResource } from '@careplane/kit';
import type { BlindIndex, DataKeys, RecordCipher, Resource, Stored } from '@careplane/kit';
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
  const place = { subject, type: kind.type, id: frame._id, version: frame.version };
  const body = await sealResource(cipher, frame.key, place, resource);
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
export function openPerson(
  { cipher }: Pick<Protection, 'cipher'>,
  { type }: PersonKind,
  record: PersonRecord | PersonVersion,
): Promise<Stored> {
  const id = 'id' in record ? record.id : record._id;
  return openResource(cipher, record, { subject: record.subject, type, id, version: record.version });
}

/** The resources of records, in order, with their keys fetched by one query. Erased ones are left out. */
export function openPersons(
  protection: Protection,
  kind: PersonKind,
  records: readonly (PersonRecord | PersonVersion)[],
): Promise<Stored[]> {
  return openEach(protection.keys, records, (record) => openPerson(protection, kind, record));
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
