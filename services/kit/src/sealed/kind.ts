import type { Attribute } from '@careplane/access';
import type { Binary } from 'mongodb';
import type { Interaction } from '../fhir/definition.ts';
import type { Resource } from '../fhir/resource.ts';
import type { SortPaths } from '../fhir/search/keyset.ts';
import type { MongoMap } from '../fhir/search/to-mongo.ts';
import type { Idempotency } from '../http/idempotency.ts';
import type { CollectionSpec } from '../mongo/collections.ts';
import type { Mongo } from '../mongo/mongo.ts';
import type { Transaction } from '../mongo/transaction.ts';
import type { BlindIndex, Term } from '../protection/blind-index.ts';
import type { DataKeys } from '../protection/data-keys.ts';
import type { RecordCipher } from '../protection/record-cipher.ts';
import type { BlindParameter } from './blind-parameters.ts';

/** A resource about a patient at rest: encrypted under the patient's key, but for what decisions are made from. */
export interface SealedRecord<F extends object> {
  /** The FHIR id; of a former version `<id>/<version>`. */
  _id: string;
  id: string;
  version: number;
  patientId: string;
  /** The data key of the body. */
  key: string;
  body: Binary;
  /** Ids, codes and times that may be read in the database. */
  facts: F;
  /** The data classes of its security labels. */
  dataClasses?: readonly string[];
  /** Of a kind with `terms`: the blind index over them, and the versions of the lookup keys that made it. */
  tokens?: Binary[];
  lookup?: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A former version, or that it was deleted: then nothing is left to decrypt. */
export interface SealedVersion<F extends object> extends Omit<
  SealedRecord<F>,
  'key' | 'body' | 'tokens' | 'lookup'
> {
  key?: string;
  body?: Binary;
  deleted?: true;
}

/** The attributes whose place is for a kind to say: the others are every record's own. */
export type KindAttribute = Exclude<Attribute, 'id' | 'patient' | 'dataClass'>;

/** What is particular to a type. */
export interface SealedKind<F extends object> {
  readonly type: string;
  readonly collection: string;
  /** What it is found by in plain, beside the id, the patient and the time of the last change. */
  readonly fields: MongoMap['fields'];
  /** What it is found by and the database must not show: over the terms of the resource. */
  readonly blind?: Readonly<Record<string, Pick<BlindParameter, 'terms'>>>;
  /** The terms under which a resource is found, as `blind` asks for them. */
  terms?(resource: Resource): Term[];
  /** What it is sorted by, beside `_id` and `_lastUpdated`: one value a record. */
  readonly sort?: SortPaths;
  /** Where the records keep what decisions look at, such as `facts.practitioners`; what is absent no record has. */
  readonly attributes?: Readonly<Partial<Record<KindAttribute, readonly string[]>>>;
  /** The patient that the resource is about. @throws Invalid */
  patientOf(resource: Resource): string;
  /** The element that names the patient, for errors. */
  readonly patientElement: 'patient' | 'subject';
  /** What stands readable. @throws Invalid for what cannot be enforced, Forbidden */
  factsOf(resource: Resource, interaction: Interaction, former?: F): Promise<F>;
  /** Asked within the transaction that writes a version. @throws HttpProblem when the patient has too many of the kind */
  requireRoom?(
    tx: Transaction,
    wanted: { readonly patientId: string; readonly facts: F; readonly former?: F },
  ): Promise<void>;
}

/** What sealed stores are made from. */
export interface SealedParts {
  readonly mongo: Mongo;
  readonly idempotency: Idempotency;
  readonly protection: {
    readonly keys: DataKeys;
    readonly cipher: RecordCipher;
    readonly index: BlindIndex;
  };
  /** Asked before the transaction of a create. @throws HttpProblem `unknownPatient` when there is no such patient */
  requirePatient(id: string, signal: AbortSignal): Promise<void>;
}

/**
 * The collections of a type: what is there, and its former versions. `criteriaClaims` and `dataKeyCollection` must be declared, too.
 * @param isBlind whether the kind has `terms`
 */
export function sealedCollections(
  collection: string,
  {
    indexes = [],
    isBlind = false,
  }: { readonly indexes?: CollectionSpec['indexes']; readonly isBlind?: boolean },
): CollectionSpec[] {
  const blind = [
    { key: { tokens: 1, _id: 1 }, name: 'tokens' },
    { key: { lookup: 1, _id: 1 }, name: 'lookup' },
  ] as const;
  return [
    {
      name: collection,
      indexes: [{ key: { updatedAt: 1, _id: 1 }, name: 'updated' }, ...(isBlind ? blind : []), ...indexes],
    },
    {
      name: versionsOf(collection),
      indexes: [
        { key: { id: 1, version: -1 }, name: 'history' },
        { key: { patientId: 1 }, name: 'patient' },
      ],
    },
  ];
}

/** Where the former versions of a collection are. */
export function versionsOf(collection: string): string {
  return `${collection}_versions`;
}
