import type { Resource } from '@careplane/kit';
import type { Collection, Db, Document, Filter } from 'mongodb';

/** The same patients in plain, with the indexes that the same searches need. */
export interface PlainPatients {
  readonly find: (filter: Filter<Document>) => Promise<unknown>;
}

const BATCH = 1_000;
const PAGE = 20;

export async function keepInPlain(db: Db, patients: readonly Resource[]): Promise<PlainPatients> {
  const collection: Collection = db.collection('plain_patients');
  await collection.createIndexes([
    { key: { family: 1 }, name: 'family' },
    { key: { 'resource.birthDate': 1, family: 1 }, name: 'born' },
    { key: { 'resource.gender': 1, family: 1 }, name: 'gender' },
    { key: { 'resource.identifier.value': 1 }, name: 'identifier' },
  ]);
  for (let at = 0; at < patients.length; at += BATCH)
    await collection.insertMany(patients.slice(at, at + BATCH).map(documentOf));
  return { find: (filter) => collection.find(filter).limit(PAGE).toArray() };
}

/** Names are found as FHIR wants it: by their beginning, whatever the case. */
function documentOf(resource: Resource): Document {
  return { resource, family: familyOf(resource).toLowerCase() };
}

export function familyOf(resource: Resource): string {
  return (resource['name'] as { family: string }[])[0]?.family ?? '';
}

/** The filter of a name that begins so. */
export function begins(name: string): Filter<Document> {
  return { family: { $regex: `^${name.toLowerCase()}` } };
}
