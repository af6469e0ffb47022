import type { Action, Attributes, DenialReason, Purpose, Subject } from '@careplane/access';
import type { Request } from 'express';
import { agentOf } from '../audit/agent.ts';
import type { Access, AuditEntity } from '../audit/entry.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { HttpProblem } from '../http/errors.ts';
import type { Transaction } from '../mongo/transaction.ts';
import type { InteractionAudit, ResourceDefinition } from './definition.ts';
import { patientsNamed, resourcesIn } from './disclosed.ts';
import type { Resource } from './resource.ts';

/** What was allowed and did not come about, as far as that tells of an access: nothing there, another version, a refused content. */
const FAILURES: ReadonlySet<number> = new Set([404, 409, 410, 412, 422]);

/** The frame of a request. */
interface Asked {
  readonly action: Action;
  readonly type: string;
  /** In the address. */
  readonly id: string | undefined;
}

interface Parts {
  readonly trail: AuditTrail;
  readonly definitions: readonly ResourceDefinition[];
  readonly asked: Asked;
}

const records = new WeakMap<Request, AccessRecord>();

/** The record of a request that the router has begun. */
export function accessRecordOf(req: Request): AccessRecord {
  const record = records.get(req);
  if (!record) throw new Error('the request has no access record');
  return record;
}

/** Begins the record of a request. */
export function beginRecord(req: Request, parts: Parts): AccessRecord {
  const record = new AccessRecord(parts);
  records.set(req, record);
  return record;
}

/** A resource that was shown, or written, with the patients that it is about. */
interface Shown {
  readonly entity: AuditEntity;
  readonly patients: readonly string[];
}

/**
 * What one request does to whose data: the gate says what is shown, stores say what they write, and the router has it recorded before
 * it answers. A part that forgets to say it gives an error instead of an answer.
 */
export class AccessRecord implements InteractionAudit {
  readonly #parts: Parts;
  readonly #shown = new Map<string, Shown>();
  /** `Patient/1` of all that is shown or was written. */
  readonly #said = new Set<string>();
  /** Keys of what was written by a committed transaction, whose entries committed with it. */
  readonly #committed = new Set<string>();
  #who: { readonly subject: Subject; readonly purpose: Purpose } | undefined;
  #criteria: readonly string[] = [];
  #denial: DenialReason | undefined;
  /** The patients of the one resource that the request names, once it was found to be there. */
  #patients: readonly string[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether a write of this request has committed, with its entry. */
  get hasCommitted(): boolean {
    return this.#committed.size > 0;
  }

  asks(subject: Subject, purpose: Purpose): void {
    this.#who = { subject, purpose };
  }

  /** By the parameters of a search that are known and used. */
  searchesBy(names: readonly string[]): void {
    this.#criteria = [...new Set(names)].slice(0, 64);
  }

  /** A decision that was no: the request ends with it. */
  denied(reason: DenialReason): void {
    this.#denial = reason;
  }

  /** The one resource that is there and that the request names. */
  isAbout(attributes: Attributes): void {
    this.#patients = attributes.patient ?? [];
  }

  /** Resources that the answer shows, as they are stored. */
  shows(resources: readonly Resource[]): void {
    for (const resource of resources) {
      this.#said.add(nameOf(resource));
      this.#shown.set(keyOf(resource), this.#shownOf(resource));
    }
  }

  /** Of an operation: whatever its answer holds. */
  showsAllIn(body: unknown): void {
    this.shows(resourcesIn(body));
    const known = new Set([...this.#shown.values()].flatMap(({ patients }) => patients));
    for (const id of patientsNamed(body)) {
      if (known.has(id)) continue;
      this.#shown.set(keyOf({ resourceType: 'Patient', id }), {
        entity: { type: 'Patient' },
        patients: [id],
      });
    }
  }

  async written(tx: Transaction, resource: Resource): Promise<void> {
    const shown = this.#shownOf(resource);
    await this.#parts.trail.add(tx, this.#accesses('granted', [shown]));
    const key = keyOf(resource);
    tx.afterCommit(() => {
      this.#said.add(nameOf(resource));
      this.#committed.add(key);
    });
  }

  /** @throws Error for a write that has committed without its entry: a fault of the store */
  requireCommitted(): void {
    if (this.hasCommitted) return;
    const { action, type } = this.#parts.asked;
    throw new Error(`${action} of ${type} has committed nothing to the audit`);
  }

  /**
   * To be awaited before the first byte of the answer.
   * @throws Unavailable when it cannot be recorded; Error for an answer that shows what nobody has said it shows
   */
  async granted(body: unknown): Promise<void> {
    this.#requireSaid(body);
    const fresh = [...this.#shown].filter(([key]) => !this.#committed.has(key)).map(([, shown]) => shown);
    if (fresh.length === 0 && this.hasCommitted) return;
    await this.#parts.trail.record(this.#accesses('granted', fresh.length > 0 ? fresh : [this.#named()]));
  }

  /** As `granted`, before an error is answered. What nobody asked, and what is no access, is not recorded. */
  async refused(error: unknown): Promise<void> {
    if (!this.#who || !(error instanceof HttpProblem)) return;
    if (this.#denial !== undefined) return this.#refuse('denied', this.#denial);
    // a store refuses what the decision could not know, as a content in another's name
    if (error.status === 403) return this.#refuse('denied', 'http-403');
    if (FAILURES.has(error.status)) await this.#refuse('failed', `http-${String(error.status)}`);
  }

  async #refuse(outcome: 'denied' | 'failed', reason: string): Promise<void> {
    const accesses = this.#accesses(outcome, [this.#named()]);
    await this.#parts.trail.record(accesses.map((access) => ({ ...access, reason })));
  }

  #requireSaid(body: unknown): void {
    const { action, type } = this.#parts.asked;
    for (const resource of resourcesIn(body)) {
      if (!this.#said.has(nameOf(resource)))
        throw new Error(`${action} of ${type} shows a ${resource.resourceType} that nobody has recorded`);
    }
  }

  #named(): Shown {
    const { type, id } = this.#parts.asked;
    return { entity: { type, ...(id === undefined ? {} : { id }) }, patients: this.#patients };
  }

  #shownOf(resource: Resource): Shown {
    const { resourceType: type, id, meta } = resource;
    const version = meta?.versionId;
    const definition = this.#parts.definitions.find((one) => one.type === type);
    return {
      entity: { type, ...(id === undefined ? {} : { id }), ...(version === undefined ? {} : { version }) },
      patients: definition?.attributes(resource).patient ?? [...patientsNamed(resource)],
    };
  }

  /** One for each patient, and one for what is about none. */
  #accesses(outcome: Access['outcome'], shown: readonly Shown[]): Access[] {
    const frame = this.#frame(outcome);
    const byPatient = new Map<string | undefined, AuditEntity[]>();
    for (const { entity, patients } of shown) {
      for (const patient of patients.length > 0 ? new Set(patients) : [undefined]) {
        byPatient.set(patient, [...(byPatient.get(patient) ?? []), entity]);
      }
    }
    return [...byPatient].map(([patient, entities]) => ({
      ...frame,
      entities: patient === undefined ? counted(entities) : entities,
      ...(patient === undefined ? {} : { patient }),
    }));
  }

  #frame(outcome: Access['outcome']): Omit<Access, 'entities'> {
    if (!this.#who) throw new Error('nobody has asked');
    const { subject, purpose } = this.#who;
    return {
      action: this.#parts.asked.action,
      outcome,
      agent: agentOf(subject),
      purpose,
      ...(purpose === 'BTG' ? { emergency: true as const } : {}),
      ...(this.#criteria.length > 0 ? { criteria: [...this.#criteria] } : {}),
    };
  }
}

/** Of what is about no patient, such as free slots, several are not named one by one. */
function counted(entities: readonly AuditEntity[]): AuditEntity[] {
  if (entities.length <= 1) return [...entities];
  const types = Map.groupBy(entities, ({ type }) => type);
  return [...types].map(([type, some]) => ({ type, count: some.length }));
}

function nameOf({ resourceType, id = '' }: Resource): string {
  return `${resourceType}/${id}`;
}

function keyOf(resource: Resource): string {
  return `${nameOf(resource)}/${resource.meta?.versionId ?? ''}`;
}
