import { criteriaClaims, dataKeyCollection } from '@careplane/kit';
import type { Binary, CollectionSpec } from '@careplane/kit';

/** The resource types that identity keeps as persons and places. */
export const PERSON_TYPES = [
  'Patient',
  'RelatedPerson',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
] as const;
export type PersonType = (typeof PERSON_TYPES)[number];

/** A resource at rest. Of what it says only ids of other resources are readable. */
export interface PersonRecord {
  /** The FHIR id. */
  _id: string;
  version: number;
  /** Whose data key encrypts the body, and that key's id. */
  subject: string;
  key: string;
  /** The resource without id and meta. */
  body: Binary;
  /** The versions of the lookup keys that made the tokens. */
  lookup: string;
  /** Blind index over everything that is searched. */
  tokens: Binary[];
  /** Blind index over identifiers that only one record may have; absent when there are none. */
  unique?: Binary[];
  /** Ids that access decisions look at. */
  access: AccessIds;
  /** The patient that replaces this one, after a merge. */
  replacedBy?: string;
  /** When a legal hold was placed last. */
  heldAt?: Date;
  /** Of practitioners, their own id: former releases have a unique index over it. */
  identifierKey?: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface AccessIds {
  patient?: readonly string[];
  practitioner?: readonly string[];
  organization?: readonly string[];
  /** Of its security labels. */
  dataClass?: readonly string[];
}

/** A former version. */
export interface PersonVersion extends Omit<
  PersonRecord,
  '_id' | 'lookup' | 'tokens' | 'unique' | 'identifierKey' | 'heldAt'
> {
  /** `<type>/<id>/<version>`. */
  _id: string;
  type: PersonType;
  id: string;
}

export const COLLECTION_OF: Readonly<Record<PersonType, string>> = {
  Patient: 'patients',
  RelatedPerson: 'related_persons',
  Practitioner: 'practitioners',
  PractitionerRole: 'practitioner_roles',
  Organization: 'organizations',
  Location: 'locations',
};

/** Search goes by tokens or by ids, in the order of ids; what is new by the time of the last change. */
const indexes = [
  { key: { tokens: 1, _id: 1 }, name: 'tokens' },
  { key: { updatedAt: 1, _id: 1 }, name: 'updated' },
  { key: { lookup: 1, _id: 1 }, name: 'lookup' },
  {
    key: { unique: 1 },
    name: 'unique',
    unique: true,
    partialFilterExpression: { unique: { $exists: true } },
  },
] as const;

const byAccess = (
  attribute: Exclude<keyof AccessIds, 'dataClass'>,
): { key: Record<string, 1>; name: string } => ({
  key: { [`access.${attribute}`]: 1, _id: 1 },
  name: `access_${attribute}`,
});

/** Which ids of other resources a constraint or a search may ask for. */
const ACCESS: Readonly<Record<PersonType, readonly Exclude<keyof AccessIds, 'dataClass'>[]>> = {
  Patient: ['practitioner', 'organization'],
  RelatedPerson: ['patient'],
  Practitioner: [],
  PractitionerRole: ['practitioner', 'organization'],
  Organization: ['organization'],
  Location: ['organization'],
};

/** Tokens are for queries: reading a hundred of them costs more than to decrypt the record. */
export const UNINDEXED = { projection: { tokens: 0, unique: 0 } } as const;

export const VERSIONS = 'person_versions';
export const MERGES = 'merges';

/** The collections of persons. */
export const personCollections: readonly CollectionSpec[] = [
  ...PERSON_TYPES.map((type) => ({
    name: COLLECTION_OF[type],
    indexes: [...indexes, ...ACCESS[type].map(byAccess)],
  })),
  { name: VERSIONS, indexes: [{ key: { type: 1, id: 1, version: -1 }, name: 'history' }] },
  criteriaClaims,
  {
    name: MERGES,
    indexes: [
      {
        key: { source: 1 },
        name: 'source',
        unique: true,
        partialFilterExpression: { open: true },
      },
      { key: { target: 1 }, name: 'target', partialFilterExpression: { open: true } },
    ],
  },
  dataKeyCollection,
];
