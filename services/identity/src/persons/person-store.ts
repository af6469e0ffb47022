import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { keepElements, NONE } from '@careplane/access';
import {
  audited,
  byId,
  Conflict,
  criteriaClaims,
  findExisting,
  findInBatches,
  Invalid,
  isDuplicateKey,
  laterThan,
  MOST_VERSIONS,
  NotFound,
  PreconditionFailed,
  RECORD_KEY,
  referenceOf,
  unlessErased,
  withTransaction,
} from '@careplane/kit';
import type {
  Collection,
  Created,
  CreateOptions,
  CriteriaClaim,
  Idempotency,
  Interaction,
  Made,
  Mongo,
  Outbox,
  Resource,
  ResourceStore,
  SearchPage,
  SearchQuery,
  Stored,
  Transaction,
} from '@careplane/kit';
import { dependsOnProxies, withClinicElements } from './clinic-elements.ts';
import { CLINIC } from './kinds/kind.ts';
import type { PersonKind } from './kinds/kind.ts';
import { requirePatient } from './known-patient.ts';
import { COLLECTION_OF, UNINDEXED, VERSIONS } from './person-record.ts';
import type { PersonRecord, PersonVersion } from './person-record.ts';
import { findPage } from './search.ts';
import { searchQuery } from './search-filter.ts';
import { openPerson, openPersons, sealPerson, versionOf } from './sealing.ts';
import type { Protection } from './sealing.ts';

/** What stores of persons are made from. */
export interface PersonParts {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly idempotency: Idempotency;
  readonly protection: Protection;
  /** Whether somebody acts for a patient. */
  readonly isActedFor: (patientId: string) => Promise<boolean>;
}

/** Resources of one type, encrypted, with their versions. */
export class PersonStore implements ResourceStore<Stored> {
  readonly kind: PersonKind;
  readonly records: Collection<PersonRecord>;
  readonly #parts: PersonParts;
  readonly #versions: Collection<PersonVersion>;
  readonly #claims: Collection<CriteriaClaim>;
  readonly #byId: (id: string) => Promise<readonly PersonRecord[]>;

  constructor(parts: PersonParts, kind: PersonKind) {
    this.kind = kind;
    this.#parts = parts;
    this.records = parts.mongo.collection<PersonRecord>(COLLECTION_OF[kind.type]);
    this.#versions = parts.mongo.collection<PersonVersion>(VERSIONS);
    this.#claims = parts.mongo.collection<CriteriaClaim>(criteriaClaims.name);
    this.#byId = findInBatches(this.records, { ...byId<PersonRecord>(), ...UNINDEXED });
  }

  async read(id: string): Promise<Stored | undefined> {
    const [record] = await this.#byId(id);
    return record ? unlessErased(this.open(record)) : undefined;
  }

  async vread(id: string, versionId: string): Promise<Stored | undefined> {
    if (!/^[1-9]\d{0,8}$/.test(versionId)) return undefined;
    const record = await this.records.findOne({ _id: id }, UNINDEXED);
    if (!record) return undefined;
    if (record.version === Number(versionId)) return unlessErased(this.open(record));
    const former = await this.#versions.findOne({ _id: `${this.kind.type}/${id}/${versionId}` });
    return former ? unlessErased(this.open(former)) : undefined;
  }

  async history(id: string): Promise<readonly Stored[]> {
    const { type } = this.kind;
    const record = await this.records.findOne({ _id: id }, UNINDEXED);
    if (!record) return [];
    const former = await this.#versions.find(
      { type, id },
      { sort: { version: -1 }, limit: MOST_VERSIONS - 1 },
    );
    const older = former.filter(({ version }) => version < record.version);
    return openPersons(this.#parts.protection, this.kind, [record, ...older]);
  }

  search(query: SearchQuery): Promise<SearchPage<Stored>> {
    const { protection } = this.#parts;
    return findPage({ kind: this.kind, records: this.records, protection }, query);
  }

  async create(
    resource: Resource,
    { req, subject: caller, audit }: Interaction,
    options: CreateOptions = {},
  ): Promise<Created<Stored>> {
    refuseLinks(resource, undefined);
    const how = {
      required: false,
      caller,
      reread: ({ id, versionId = '' }: Made) => this.vread(id, versionId),
      existing: (tx: Transaction) => this.#match(tx, options),
    };
    const work = audited(audit, (tx) => this.insert(tx, resource));
    return orTaken(this.#parts.idempotency.create(req, how, work));
  }

  async update(
    id: string,
    resource: Resource,
    interaction: Interaction,
    { ifMatch }: { ifMatch?: string } = {},
  ): Promise<Stored> {
    const { decision, subject, signal, audit } = interaction;
    const work = (tx: Transaction): Promise<Stored> =>
      this.change(tx, id, async (stored) => {
        if (ifMatch !== undefined && ifMatch !== stored.meta.versionId) throw new PreconditionFailed();
        const isActedFor = dependsOnProxies(stored, resource, subject) && (await this.#parts.isActedFor(id));
        const own = withClinicElements(stored, resource, subject, isActedFor);
        const next = keepElements(stored, own, decision.without);
        refuseLinks(next, stored);
        return next;
      });
    return orTaken(withTransaction(this.#parts.mongo, audited(audit, work), { signal }));
  }

  /** Stores a new resource within a transaction. @throws a duplicate key error when an identifier is taken */
  async insert(tx: Transaction, resource: Resource, id: string = randomUUID()): Promise<Stored> {
    const { protection, outbox } = this.#parts;
    const subject = this.kind.subjectOf(id, resource);
    const key = await this.#keyOf(subject, id, tx);
    const now = new Date();
    const frame = { _id: id, version: 1, key, createdAt: now, updatedAt: now };
    const record = await sealPerson(protection, this.kind, frame, resource);
    await this.records.insert([record], tx);
    if (this.kind.type === 'Patient') {
      await outbox.add(tx, 'patient.registered', { subject: id, data: { patientId: id } });
    }
    return this.open(record);
  }

  /**
   * Makes the next version of a resource within a transaction; the former one goes to the history.
   * @param next the new resource from the stored one; it may be called again
   * @throws NotFound; PreconditionFailed when another transaction has changed it
   */
  async change(
    tx: Transaction,
    id: string,
    next: (stored: Stored) => Resource | Promise<Resource>,
    fields: Pick<PersonRecord, 'replacedBy'> | { readonly replacedBy?: null } = {},
  ): Promise<Stored> {
    const { protection } = this.#parts;
    const record = await this.records.findOne({ _id: id }, { ...UNINDEXED, ...tx });
    const stored = record ? await unlessErased(this.open(record)) : undefined;
    if (!record || !stored) throw new NotFound();
    const resource = await next(stored);
    const subject = this.kind.subjectOf(id, resource);
    const key = subject === record.subject ? record.key : await this.#keyOf(subject, id, tx);
    const frame = {
      _id: id,
      version: record.version + 1,
      key,
      createdAt: record.createdAt,
      updatedAt: laterThan(record.updatedAt),
    };
    const replacedBy = fields.replacedBy === undefined ? record.replacedBy : fields.replacedBy;
    const sealed: PersonRecord = {
      ...(await sealPerson(protection, this.kind, frame, resource)),
      ...(typeof replacedBy === 'string' ? { replacedBy } : {}),
    };
    await this.#versions.insert([versionOf(this.kind, record)], tx);
    const { matchedCount } = await this.records.replaceOne({ _id: id, version: record.version }, sealed, tx);
    if (matchedCount === 0) throw new PreconditionFailed();
    return this.open(sealed);
  }

  open(record: PersonRecord | PersonVersion): Promise<Stored> {
    return openPerson(this.#parts.protection, this.kind, record);
  }

  /** The one match of a conditional create. @throws PreconditionFailed when there are several */
  async #match(
    tx: Transaction,
    { ifNoneExist: filters, matchWithin: constraint = NONE }: CreateOptions,
  ): Promise<Stored | undefined> {
    if (!filters) return undefined;
    const { index } = this.#parts.protection;
    const query = searchQuery(this.kind, index, { filters, constraint });
    const found = await findExisting(this.#claims, tx, {
      fingerprints: index.fingerprints(['criteria', this.kind.type, JSON.stringify(filters)]),
      find: () => this.records.find(query, { ...UNINDEXED, limit: 2, ...tx }),
    });
    return found && this.open(found);
  }

  /** A person's own key is made with the record; what belongs to others is encrypted under the key that is there. */
  async #keyOf(subject: string, id: string, tx: Transaction): Promise<string> {
    const { keys } = this.#parts.protection;
    const owner = { subject, purpose: RECORD_KEY };
    if (subject === `${this.kind.type}/${id}` && subject !== CLINIC) return keys.create(owner, tx);
    const patient = referenceOf(subject);
    if (patient?.type === 'Patient') await requirePatient(this.#parts.mongo, patient.id, tx);
    return keys.obtain(owner, tx);
  }
}

/** Links between patients are made and undone by merges only. */
function refuseLinks(resource: Resource, stored: Stored | undefined): void {
  if (resource.resourceType !== 'Patient') return;
  if (!isDeepStrictEqual(resource['link'], stored?.['link'])) {
    throw new Invalid([{ path: 'Patient.link', message: 'links are made by $merge' }]);
  }
}

function taken(): Conflict {
  return new Conflict('Another record has this identifier');
}

async function orTaken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isDuplicateKey(error) ? taken() : error;
  }
}
