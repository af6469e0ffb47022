import { randomUUID } from 'node:crypto';
import { keepElements, NONE } from '@careplane/access';
import type { ExportQuery, ExportSource } from '../fhir/bulk-export/part.ts';
import { audited } from '../fhir/audited.ts';
import { criteriaClaims, findExisting } from '../fhir/conditional-create.ts';
import type { CriteriaClaim } from '../fhir/conditional-create.ts';
import type {
  Created,
  CreateOptions,
  Deletion,
  Drafted,
  Interaction,
  ResourceStore,
} from '../fhir/definition.ts';
import { MOST_VERSIONS } from '../fhir/history.ts';
import type { Resource, Stored } from '../fhir/resource.ts';
import type { SearchPage, SearchQuery } from '../fhir/search.ts';
import { keysetOf } from '../fhir/search/keyset.ts';
import { toMongoFilter } from '../fhir/search/to-mongo.ts';
import type { MongoMap } from '../fhir/search/to-mongo.ts';
import { Invalid, NotFound, PreconditionFailed } from '../http/errors.ts';
import type { Made } from '../http/idempotency.ts';
import type { Collection } from '../mongo/collection.ts';
import { byId, findInBatches } from '../mongo/find-in-batches.ts';
import { withTransaction } from '../mongo/transaction.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { deletedVersion, formerVersion, hasBody, nextFrame, SealedCodec } from './codec.ts';
import { versionsOf } from './kind.ts';
import type { SealedKind, SealedParts, SealedRecord, SealedVersion } from './kind.ts';
import { nextPart } from './next-part.ts';
import { reindex } from './reindex.ts';
import type { ReindexOptions } from './reindex.ts';
import { sealedMap, sealedSort } from './search.ts';

/** A resource that may be stored: what had to be asked before the transaction was asked. */
export interface Draft<F extends object> extends Drafted {
  readonly patientId: string;
  readonly facts: F;
}

interface IfMatch {
  readonly ifMatch?: string;
}

/** Tokens are for queries only, and more than the body. */
const UNINDEXED = { projection: { tokens: 0 } } as const;

/**
 * Resources of one type about patients, with their versions, encrypted under the patient's key. What is deleted, or of an erased
 * patient, is `Gone`.
 */
export class SealedStore<F extends object> implements ResourceStore<Stored> {
  readonly records: Collection<SealedRecord<F>>;
  readonly #versions: Collection<SealedVersion<F>>;
  readonly #claims: Collection<CriteriaClaim>;
  readonly #kind: SealedKind<F>;
  readonly #parts: SealedParts;
  readonly #map: MongoMap;
  readonly #codec: SealedCodec<F>;
  readonly #byId: (id: string) => Promise<readonly SealedRecord<F>[]>;

  constructor(parts: SealedParts, kind: SealedKind<F>) {
    this.#parts = parts;
    this.#kind = kind;
    this.#map = sealedMap(kind, parts.protection.index);
    this.#codec = new SealedCodec(parts.protection, kind, this.#map.attributes);
    this.records = parts.mongo.collection<SealedRecord<F>>(kind.collection);
    this.#versions = parts.mongo.collection<SealedVersion<F>>(versionsOf(kind.collection));
    this.#claims = parts.mongo.collection<CriteriaClaim>(criteriaClaims.name);
    this.#byId = findInBatches(this.records, { ...byId<SealedRecord<F>>(), ...UNINDEXED });
  }

  /** @throws Gone */
  async read(id: string): Promise<Stored | undefined> {
    const [record] = await this.#byId(id);
    if (record) return this.#codec.open(record);
    const last = await this.#lastOf(id);
    if (last) throw this.#codec.gone(last);
    return undefined;
  }

  /** @throws Gone */
  async vread(id: string, versionId: string): Promise<Stored | undefined> {
    const [record] = await this.#byId(id);
    if (record && String(record.version) === versionId) return this.#codec.open(record);
    const former = await this.#versions.findOne({ _id: `${id}/${versionId}` });
    return former ? this.#codec.open(former) : undefined;
  }

  /** @throws Gone when the patient was erased: of no version anything is left */
  async history(id: string): Promise<readonly (Stored | Deletion)[]> {
    const [record] = await this.#byId(id);
    const options = { sort: { version: -1 }, limit: MOST_VERSIONS } as const;
    const former = await this.#versions.find({ id }, options);
    const all = [...(record ? [record] : []), ...former.filter(({ version }) => version !== record?.version)];
    const [newest] = all;
    const listed = all.slice(0, MOST_VERSIONS);
    const opened = await this.#codec.openAll(listed.filter((one) => hasBody(one)));
    if (newest && opened.length === 0) throw this.#codec.gone(newest);
    const deletion = newest && !hasBody(newest) ? [this.#codec.deletion(newest)] : [];
    return [...deletion, ...opened];
  }

  async search(query: SearchQuery): Promise<SearchPage<Stored>> {
    const filter = toMongoFilter(query, this.#map);
    const counted = query.wantsTotal ? { total: await this.records.count(filter as never) } : {};
    if (query.count === 0) return { resources: [], ...counted };
    const keyset = keysetOf(query, sealedSort(this.#kind));
    const found = await this.records.find({ $and: [filter, keyset.after] } as never, {
      ...UNINDEXED,
      sort: keyset.sort,
      limit: keyset.limit,
    });
    const { resources: page, next } = keyset.page(found, (record) => record);
    const resources = await this.#codec.openAll(page);
    return { resources, ...counted, ...(next === undefined ? {} : { next }) };
  }

  /** In the order of an index that a kind must have: `patientId`, `updatedAt`, `_id`. */
  nextPart(query: ExportQuery): ReturnType<ExportSource['nextPart']> {
    return nextPart(this.records, sealedSort(this.#kind), query);
  }

  async create(
    resource: Resource,
    interaction: Interaction,
    options: CreateOptions = {},
  ): Promise<Created<Stored>> {
    let draft: Draft<F> | undefined;
    const how = {
      required: false,
      caller: interaction.subject,
      before: async () => {
        draft = await this.draft(resource, interaction);
      },
      reread: ({ id, versionId = '' }: Made) => this.vread(id, versionId),
      existing: (tx: Transaction) => this.match(tx, options),
    };
    const work = audited(interaction.audit, (tx) => {
      if (!draft) throw new Error('nothing was asked before');
      return this.insert(tx, draft);
    });
    return this.#parts.idempotency.create(interaction.req, how, work);
  }

  async update(
    id: string,
    resource: Resource,
    interaction: Interaction,
    options: IfMatch = {},
  ): Promise<Stored> {
    const { audit, signal } = interaction;
    const work = audited(audit, (tx) => this.replace(tx, { id, resource, ...options }, interaction));
    return withTransaction(this.#parts.mongo, work, { signal });
  }

  /** What a create asks before its transaction: the patient, and the facts. @throws Invalid, HttpProblem `unknownPatient` */
  async draft(resource: Resource, interaction: Interaction): Promise<Draft<F>> {
    const facts = await this.#kind.factsOf(resource, interaction);
    const patientId = this.#kind.patientOf(resource);
    await this.#parts.requirePatient(patientId, interaction.signal);
    return { resource, patientId, facts };
  }

  /** The one match of a conditional create, within its transaction. @throws PreconditionFailed when there are several */
  async match(
    tx: Transaction,
    { ifNoneExist: filters, matchWithin: constraint = NONE }: CreateOptions,
  ): Promise<Stored | undefined> {
    if (!filters) return undefined;
    const filter = toMongoFilter({ filters, constraint }, this.#map);
    const criteria = ['criteria', this.#kind.type, JSON.stringify(filters)] as const;
    const found = await findExisting(this.#claims, tx, {
      fingerprints: this.#parts.protection.index.fingerprints(criteria),
      find: () => this.records.find(filter as never, { ...UNINDEXED, limit: 2, ...tx }),
    });
    return found && this.#codec.open(found);
  }

  /** Stores a new resource within a transaction. @throws HttpProblem `unknownPatient` when the patient was erased */
  async insert(tx: Transaction, draft: Draft<F>, id: string = randomUUID()): Promise<Stored> {
    const { resource, patientId, facts } = draft;
    await this.#kind.requireRoom?.(tx, { patientId, facts });
    const now = new Date();
    const frame = { id, version: 1, patientId, facts, createdAt: now, updatedAt: now };
    const record = await this.#codec.seal(tx, frame, resource);
    await this.records.insert([record], tx);
    return this.#codec.open(record);
  }

  /**
   * Makes the next version within a transaction; the former one goes to the history. Elements that the caller is not shown stay.
   * @throws NotFound, Gone, PreconditionFailed; Invalid when it would be about another patient
   */
  async replace(
    tx: Transaction,
    { id, resource, ifMatch }: IfMatch & { readonly id: string; readonly resource: Resource },
    interaction: Interaction,
  ): Promise<Stored> {
    const former = await this.#present(tx, id, ifMatch);
    const next = keepElements(await this.#codec.open(former), resource, interaction.decision.without);
    const patientId = this.#kind.patientOf(next);
    if (patientId !== former.patientId) throw this.#anotherPatient();
    const facts = await this.#kind.factsOf(next, interaction, former.facts);
    await this.#kind.requireRoom?.(tx, { patientId, facts, former: former.facts });
    const record = await this.#codec.seal(tx, { ...nextFrame(former), facts }, next);
    await this.#versions.insert([formerVersion(former)], tx);
    const here = { _id: id, version: former.version } as never;
    const { matchedCount } = await this.records.replaceOne(here, record, tx);
    if (matchedCount === 0) throw new PreconditionFailed();
    return this.#codec.open(record);
  }

  /**
   * Deletes within a transaction: the last version goes to the history, and after it a version that says so.
   * @returns what was deleted
   * @throws NotFound, Gone, PreconditionFailed
   */
  async remove(tx: Transaction, id: string, { ifMatch }: IfMatch = {}): Promise<Stored> {
    const former = await this.#present(tx, id, ifMatch);
    const stored = await this.#codec.open(former);
    await this.#versions.insert([formerVersion(former), deletedVersion(former)], tx);
    const { deletedCount } = await this.records.deleteMany({ _id: id, version: former.version }, tx);
    if (deletedCount === 0) throw new PreconditionFailed();
    return stored;
  }

  /**
   * Makes tokens anew that are of other lookup keys than the current one. What is done is in the records: it can be stopped at any point
   * and begun again, by several replicas at once.
   * @returns how many were made
   */
  async reindex(options: ReindexOptions): Promise<number> {
    const { index } = this.#parts.protection;
    return reindex({ records: this.records, codec: this.#codec, index }, options);
  }

  /** Removes all of an erased patient, with versions, tokens and what stands readable. Repeated, it removes what came late. */
  async removeAllOf(patientId: string, tx?: Transaction): Promise<void> {
    const ofPatient = { patientId } as never;
    await this.records.deleteMany(ofPatient, tx);
    await this.#versions.deleteMany(ofPatient, tx);
  }

  async #present(tx: Transaction, id: string, ifMatch: string | undefined): Promise<SealedRecord<F>> {
    const found = await this.records.findOne({ _id: id }, { ...UNINDEXED, ...tx });
    if (!found) {
      const last = await this.#lastOf(id, tx);
      throw last ? this.#codec.gone(last) : new NotFound();
    }
    if (ifMatch !== undefined && ifMatch !== String(found.version)) throw new PreconditionFailed();
    return found;
  }

  /** The last version of what was deleted. */
  async #lastOf(id: string, tx?: Transaction): Promise<SealedVersion<F> | undefined> {
    const options = { sort: { version: -1 }, projection: { body: 0 }, ...tx } as const;
    return (await this.#versions.findOne({ id }, options)) ?? undefined;
  }

  #anotherPatient(): Invalid {
    const path = `${this.#kind.type}.${this.#kind.patientElement}`;
    return new Invalid([{ path, message: 'the patient of a record stays the same' }]);
  }
}

/** A sealed store whose resources may be deleted. */
export class DeletableStore<F extends object> extends SealedStore<F> {
  readonly #mongo: SealedParts['mongo'];

  constructor(parts: SealedParts, kind: SealedKind<F>) {
    super(parts, kind);
    this.#mongo = parts.mongo;
  }

  /** @throws NotFound, Gone, PreconditionFailed */
  async delete(id: string, { audit, signal }: Interaction, options: IfMatch = {}): Promise<void> {
    const work = audited(audit, (tx) => this.remove(tx, id, options));
    await withTransaction(this.#mongo, work, { signal });
  }
}
