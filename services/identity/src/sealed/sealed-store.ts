import { randomUUID } from 'node:crypto';
import { keepElements } from '@careplane/access';
import {
  audited,
  dataClassesOf,
  Invalid,
  keysetOf,
  MOST_VERSIONS,
  NotFound,
  PreconditionFailed,
  toMongoFilter,
  Unprocessable,
  withTransaction,
} from '@careplane/kit';
import type {
  Binary,
  Collection,
  CollectionSpec,
  Created,
  DataKeys,
  Idempotency,
  Interaction,
  Made,
  Mongo,
  MongoMap,
  Place,
  RecordCipher,
  Resource,
  ResourceStore,
  SearchPage,
  SearchQuery,
  Stored,
  Transaction,
} from '@careplane/kit';
import { requirePatient } from '../persons/known-patient.ts';

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
  /** Ids, codes and times. */
  facts: F;
  /** The data classes of its security labels. */
  dataClasses?: readonly string[];
  createdAt: Date;
  updatedAt: Date;
}

/** What is particular to a type. */
export interface SealedKind<F extends object> {
  readonly type: string;
  readonly collection: string;
  /** What it is found by, beside the id, the patient and the time of the last change. */
  readonly fields: MongoMap['fields'];
  /** Where it names practitioners, for decisions; absent: nowhere. */
  readonly practitionerPath?: string;
  /** The patient that the resource is about. @throws Invalid */
  patientOf(resource: Resource): string;
  /** What decisions are made from. @throws Invalid for what cannot be enforced, Forbidden */
  factsOf(resource: Resource, interaction: Interaction, former?: F): Promise<F>;
}

export interface SealedParts {
  readonly mongo: Mongo;
  readonly idempotency: Idempotency;
  readonly protection: { readonly keys: DataKeys; readonly cipher: RecordCipher };
}

/** The data key of a patient's records. */
const RECORD_KEY = 'record';

const SORT_PATHS = { _id: '_id', _lastUpdated: 'updatedAt' };

function mapOf({
  fields,
  practitionerPath,
}: Pick<SealedKind<object>, 'fields' | 'practitionerPath'>): MongoMap {
  return {
    attributes: {
      id: [{ path: 'id' }],
      patient: [{ path: 'patientId' }],
      practitioner: practitionerPath === undefined ? 'none' : [{ path: practitionerPath }],
      organization: 'none',
      category: 'none',
      dataClass: [{ path: 'dataClasses' }],
      author: 'none',
    },
    fields: {
      _id: { as: 'code', paths: ['_id'] },
      _lastUpdated: { as: 'instant', paths: ['updatedAt'] },
      patient: { as: 'reference', paths: ['patientId'], type: 'Patient' },
      ...fields,
    },
  };
}

/** The collections of a type: what is there, and its former versions. */
export function sealedCollections(collection: string, indexes: CollectionSpec['indexes']): CollectionSpec[] {
  return [
    { name: collection, ...(indexes ? { indexes } : {}) },
    { name: `${collection}_versions`, indexes: [{ key: { id: 1, version: -1 }, name: 'history' }] },
  ];
}

/** Resources of one type, with their versions. */
export class SealedStore<F extends object> implements ResourceStore<Stored> {
  readonly records: Collection<SealedRecord<F>>;
  readonly #versions: Collection<SealedRecord<F>>;
  readonly #kind: SealedKind<F>;
  readonly #parts: SealedParts;
  readonly #map: MongoMap;

  constructor(parts: SealedParts, kind: SealedKind<F>) {
    this.#parts = parts;
    this.#kind = kind;
    this.#map = mapOf(kind);
    this.records = parts.mongo.collection<SealedRecord<F>>(kind.collection);
    this.#versions = parts.mongo.collection<SealedRecord<F>>(`${kind.collection}_versions`);
  }

  async read(id: string): Promise<Stored | undefined> {
    const record = await this.#find(id);
    return record && this.#open(record);
  }

  async vread(id: string, versionId: string): Promise<Stored | undefined> {
    const record = await this.#find(id);
    if (record && String(record.version) === versionId) return this.#open(record);
    const former = await this.#versions.findOne({ _id: `${id}/${versionId}` });
    return former ? this.#open(former) : undefined;
  }

  async history(id: string): Promise<readonly Stored[]> {
    const record = await this.#find(id);
    if (!record) return [];
    const former = await this.#versions.find(
      { id },
      {
        sort: { version: -1 },
        limit: MOST_VERSIONS - 1,
      },
    );
    return this.#openAll([record, ...former]);
  }

  async search(query: SearchQuery): Promise<SearchPage<Stored>> {
    const filter = toMongoFilter(query, this.#map);
    const counted = query.wantsTotal ? { total: await this.records.count(filter as never) } : {};
    if (query.count === 0) return { resources: [], ...counted };
    const keyset = keysetOf(query, SORT_PATHS);
    const found = await this.records.find({ $and: [filter, keyset.after] } as never, {
      sort: keyset.sort,
      limit: keyset.limit,
    });
    const { resources: page, next } = keyset.page(found, (record) => record);
    const resources = await this.#openAll(page);
    return { resources, ...counted, ...(next === undefined ? {} : { next }) };
  }

  async create(resource: Resource, interaction: Interaction, options: object = {}): Promise<Created<Stored>> {
    if ('ifNoneExist' in options && options.ifNoneExist !== undefined)
      throw new Unprocessable('If-None-Exist is not served for this type');
    const facts = await this.#kind.factsOf(resource, interaction);
    const { req, subject: caller, audit } = interaction;
    const how = {
      required: false,
      caller,
      reread: ({ id, versionId = '' }: Made) => this.vread(id, versionId),
    };
    const work = async (tx: Transaction): Promise<Stored> => {
      const patientId = this.#kind.patientOf(resource);
      await requirePatient(this.#parts.mongo, patientId, tx);
      const now = new Date();
      const record = await this.#seal(
        { id: randomUUID(), version: 1, patientId, facts, createdAt: now, updatedAt: now },
        { tx, resource },
      );
      await this.records.insert([record], tx);
      return this.#open(record);
    };
    return this.#parts.idempotency.create(req, how, audited(audit, work));
  }

  async update(
    id: string,
    resource: Resource,
    interaction: Interaction,
    { ifMatch }: { readonly ifMatch?: string } = {},
  ): Promise<Stored> {
    const { signal, decision, audit } = interaction;
    const work = async (tx: Transaction): Promise<Stored> => {
      const former = await this.#find(id, tx);
      if (!former) throw new NotFound();
      if (ifMatch !== undefined && ifMatch !== String(former.version)) throw new PreconditionFailed();
      const next = keepElements(await this.#open(former), resource, decision.without);
      const patientId = this.#kind.patientOf(next);
      if (patientId !== former.patientId) throw anotherPatient(this.#kind.type);
      const facts = await this.#kind.factsOf(next, interaction, former.facts);
      const record = await this.#seal(
        {
          id,
          version: former.version + 1,
          patientId,
          facts,
          createdAt: former.createdAt,
          updatedAt: new Date(),
        },
        { tx, resource: next },
      );
      await this.#versions.insert([{ ...former, _id: `${id}/${String(former.version)}` }], tx);
      const filter = { _id: id, version: former.version };
      const { matchedCount } = await this.records.replaceOne(filter, record, tx);
      if (matchedCount === 0) throw new PreconditionFailed();
      return this.#open(record);
    };
    return withTransaction(this.#parts.mongo, audited(audit, work), { signal });
  }

  async #find(id: string, tx?: Transaction): Promise<SealedRecord<F> | undefined> {
    const found = tx
      ? await this.records.findOne({ _id: id }, { session: tx.session })
      : await this.records.findById(id);
    return found ?? undefined;
  }

  async #seal(
    frame: Omit<SealedRecord<F>, '_id' | 'key' | 'body'>,
    { tx, resource }: { tx: Transaction; resource: Resource },
  ): Promise<SealedRecord<F>> {
    const { keys, cipher } = this.#parts.protection;
    const key = await keys.obtain({ subject: `Patient/${frame.patientId}`, purpose: RECORD_KEY }, tx);
    const content = Object.fromEntries(Object.entries(resource).filter(([name]) => name !== 'id'));
    const body = await cipher.seal(key, this.#placeOf(frame), content);
    return { _id: frame.id, ...frame, key, body, dataClasses: dataClassesOf(resource) };
  }

  async #open(record: SealedRecord<F>): Promise<Stored> {
    const body = await this.#parts.protection.cipher.open(record.key, this.#placeOf(record), record.body);
    const { resourceType, meta, ...elements } = body as Resource;
    return {
      resourceType,
      id: record.id,
      meta: { ...meta, versionId: String(record.version), lastUpdated: record.updatedAt.toISOString() },
      ...elements,
    };
  }

  async #openAll(records: readonly SealedRecord<F>[]): Promise<Stored[]> {
    await this.#parts.protection.keys.prepare(records.map(({ key }) => key));
    const opened: Stored[] = [];
    for (const record of records) opened.push(await this.#open(record));
    return opened;
  }

  #placeOf({ patientId, id, version }: Pick<SealedRecord<F>, 'patientId' | 'id' | 'version'>): Place {
    return { subject: `Patient/${patientId}`, type: this.#kind.type, id, version, field: 'resource' };
  }
}

function anotherPatient(type: string): Invalid {
  const element = type === 'CareTeam' ? 'subject' : 'patient';
  return new Invalid([{ path: `${type}.${element}`, message: 'the patient of a record stays the same' }]);
}
