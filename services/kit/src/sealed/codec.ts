import type { Deletion } from '../fhir/definition.ts';
import { dataClassesOf } from '../fhir/data-classes.ts';
import { Gone } from '../fhir/gone.ts';
import { omitted } from '../fhir/omitted.ts';
import type { Resource, Stored } from '../fhir/resource.ts';
import type { AttributeMap } from '../fhir/search/constraint-to-mongo.ts';
import type { Transaction } from '../mongo/transaction.ts';
import type { SealedKind, SealedParts, SealedRecord, SealedVersion } from './kind.ts';
import { attributesIn } from './search.ts';
import {
  laterThan,
  openEach,
  openResource,
  RECORD_KEY,
  sealResource,
  unknownPatient,
  unlessErased,
} from './sealing.ts';
import type { ResourcePlace } from './sealing.ts';

/** What a record says beside its resource. */
export type Frame<F extends object> = Pick<
  SealedRecord<F>,
  'id' | 'version' | 'patientId' | 'facts' | 'createdAt' | 'updatedAt'
>;

type AnyVersion<F extends object> = SealedRecord<F> | SealedVersion<F>;

/** Turns resources of one type into records and back. */
export class SealedCodec<F extends object> {
  readonly #protection: SealedParts['protection'];
  readonly #kind: SealedKind<F>;
  readonly #attributes: AttributeMap;

  constructor(protection: SealedParts['protection'], kind: SealedKind<F>, attributes: AttributeMap) {
    this.#protection = protection;
    this.#kind = kind;
    this.#attributes = attributes;
  }

  /** The record of a version. @throws HttpProblem `unknownPatient` when the patient was erased */
  async seal(tx: Transaction, frame: Frame<F>, resource: Resource): Promise<SealedRecord<F>> {
    const { keys, cipher } = this.#protection;
    const owner = { subject: `Patient/${frame.patientId}`, purpose: RECORD_KEY };
    const key = await unlessErased(keys.obtain(owner, tx));
    if (key === undefined) throw unknownPatient();
    const body = await sealResource(cipher, key, this.#placeOf(frame), resource);
    const dataClasses = dataClassesOf(resource);
    return { _id: frame.id, ...frame, key, body, dataClasses, ...this.index(resource) };
  }

  /** The tokens of a resource, and of which keys they are. */
  index(resource: Resource): Pick<SealedRecord<F>, 'tokens' | 'lookup'> {
    const { index } = this.#protection;
    if (!this.#kind.terms) return {};
    return { tokens: index.tokens(this.#kind.terms(resource)), lookup: index.mark };
  }

  /** @throws Gone */
  async open(record: AnyVersion<F>): Promise<Stored> {
    const opened = hasBody(record) ? await unlessErased(this.decrypt(record)) : undefined;
    if (!opened) throw this.gone(record);
    return opened;
  }

  /** @throws KeyDestroyed */
  decrypt(record: SealedRecord<F>): Promise<Stored> {
    return openResource(this.#protection.cipher, record, this.#placeOf(record));
  }

  /** Without those that nobody can decrypt any more. */
  openAll(records: readonly SealedRecord<F>[]): Promise<Stored[]> {
    return openEach(this.#protection.keys, records, (record) => this.decrypt(record));
  }

  gone(record: AnyVersion<F>): Gone {
    return new Gone(attributesIn(record, this.#attributes));
  }

  deletion(record: SealedVersion<F>): Deletion {
    const { id, version, updatedAt } = record;
    const meta = { versionId: String(version), lastUpdated: updatedAt.toISOString() };
    return { deleted: true, id, meta, attributes: attributesIn(record, this.#attributes) };
  }

  #placeOf({ patientId, id, version }: Pick<SealedRecord<F>, 'patientId' | 'id' | 'version'>): ResourcePlace {
    return { subject: `Patient/${patientId}`, type: this.#kind.type, id, version };
  }
}

export function hasBody<F extends object>(record: AnyVersion<F>): record is SealedRecord<F> {
  return record.body !== undefined;
}

/** Of the version that follows. */
export function nextFrame<F extends object>(former: SealedRecord<F>): Frame<F> {
  const { id, version, patientId, facts, createdAt, updatedAt } = former;
  return { id, version: version + 1, patientId, facts, createdAt, updatedAt: laterThan(updatedAt) };
}

/** A record as it is kept when another version takes its place. */
export function formerVersion<F extends object>(record: SealedRecord<F>): SealedVersion<F> {
  const _id = `${record.id}/${String(record.version)}`;
  return { ...(omitted(record, ['tokens', 'lookup']) as unknown as SealedVersion<F>), _id };
}

/** The version that says that a record was deleted. */
export function deletedVersion<F extends object>(former: SealedRecord<F>): SealedVersion<F> {
  const last = formerVersion({ ...former, ...nextFrame(former) });
  return { ...(omitted(last, ['key', 'body']) as unknown as SealedVersion<F>), deleted: true };
}
