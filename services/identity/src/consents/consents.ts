import { PURPOSES_OF } from '@careplane/access';
import type { ConsentRule, Purpose, Share, Subject } from '@careplane/access';
import {
  findInBatches,
  Forbidden,
  Invalid,
  sealedCollections,
  SealedStore,
  takeTurn,
  turnCollection,
  Unprocessable,
} from '@careplane/kit';
import type {
  Collection,
  Consent,
  Resource,
  SealedKind,
  SealedParts,
  SealedRecord,
  Transaction,
  Turn,
} from '@careplane/kit';
import { requireFew } from '../access-facts/bounds.ts';
import { idIn, patientIn } from '../persons/elements.ts';
import type { Persons } from '../persons/persons.ts';
import { CONSENT_COLLECTION } from './collection.ts';
import { meaningOf } from './meaning.ts';
import type { ConsentCategory, ConsentFacts } from './meaning.ts';

const TURNS = 'consent_turns';

/** By patient and by recipient, of rules and of shares, for decisions, by the person who acts for proxies. */
export const fhirConsentCollections = [
  turnCollection(TURNS),
  ...sealedCollections(CONSENT_COLLECTION, {
    indexes: [
      { key: { patientId: 1, 'facts.status': 1 }, name: 'patient' },
      { key: { 'facts.status': 1, 'facts.rules.recipients': 1 }, name: 'recipient' },
      {
        key: { 'facts.share.recipients': 1, 'facts.share.until': 1 },
        name: 'share',
        partialFilterExpression: { 'facts.share.recipients': { $exists: true } },
      },
      {
        key: { 'facts.proxy.person': 1 },
        name: 'proxy',
        partialFilterExpression: { 'facts.proxy.person': { $exists: true } },
      },
    ],
  }),
];

/** FHIR Consents, and what decisions ask of them. */
export class FhirConsents extends SealedStore<ConsentFacts> {
  /** The active ones that name a person as who acts for the patient. */
  readonly ofProxy: ConsentsOf;
  /** The active ones of a patient. */
  readonly ofPatient: ConsentsOf;
  readonly #turns: Collection<Turn>;

  constructor(parts: SealedParts & { readonly persons: Persons }) {
    super(parts, kindOf(parts));
    this.#turns = parts.mongo.collection<Turn>(TURNS);
    const projection = { patientId: 1, facts: 1, updatedAt: 1 };
    this.ofProxy = findInBatches(this.records, {
      filter: (persons) => ({ 'facts.proxy.person': { $in: [...persons] }, 'facts.status': 'active' }),
      keysOf: ({ facts }) => (facts.proxy ? [facts.proxy.person] : []),
      projection,
    });
    this.ofPatient = findInBatches(this.records, {
      filter: (patients) => ({ patientId: { $in: [...patients] }, 'facts.status': 'active' }),
      keysOf: ({ patientId }) => [patientId],
      projection,
    });
  }

  override async removeAllOf(patientId: string, tx?: Transaction): Promise<void> {
    await super.removeAllOf(patientId, tx);
    await this.#turns.deleteMany({ _id: patientId }, tx);
  }

  /** What is shared now or later with one of these: `Practitioner/<id>`, `Patient/<id>` or `Organization/<id>`. */
  async sharedWith(recipients: readonly string[], limit: number): Promise<readonly Share[]> {
    const found = await this.records.find(
      {
        'facts.share.recipients': { $in: [...recipients] },
        'facts.share.until': { $gt: new Date().toISOString() },
        'facts.status': 'active',
      },
      { projection: { patientId: 1, 'facts.share': 1 }, limit },
    );
    return found.flatMap(shareIn);
  }

  /** The active ones with a rule that may concern an app: one that names it, or apps, or nobody. */
  async concerningApp(
    client: string,
    limit: number,
  ): Promise<readonly Pick<SealedRecord<ConsentFacts>, 'facts'>[]> {
    const recipients: readonly (string | readonly string[])[] = [[], 'app', `Device/${client}`];
    const filter = { 'facts.status': 'active', 'facts.rules.recipients': { $in: recipients } };
    return this.records.find(filter, { projection: { 'facts.rules': 1 }, limit });
  }
}

function shareIn({
  patientId: patient,
  facts: { share },
}: Pick<SealedRecord<ConsentFacts>, 'patientId' | 'facts'>): Share[] {
  return share ? [{ patient, ...share }] : [];
}

type ConsentsOf = (
  id: string,
) => Promise<readonly Pick<SealedRecord<ConsentFacts>, 'patientId' | 'facts' | 'updatedAt'>[]>;

function kindOf({
  persons,
  mongo,
}: Pick<SealedParts, 'mongo'> & { readonly persons: Persons }): SealedKind<ConsentFacts> {
  const records = mongo.collection<SealedRecord<ConsentFacts>>(CONSENT_COLLECTION);
  const turns = mongo.collection<Turn>(TURNS);
  return {
    type: 'Consent',
    collection: CONSENT_COLLECTION,
    fields: {
      status: { as: 'code', paths: ['facts.status'] },
      scope: { as: 'code', paths: ['facts.scope'] },
      category: { as: 'code', paths: ['facts.categories'] },
    },
    patientElement: 'patient',
    patientOf,
    async factsOf(resource, { subject }, former) {
      const patientId = patientOf(resource);
      const facts = meaningOf(resource as Consent, patientId);
      const own = await recordsOf(persons, subject);
      if (subject.role === 'patient' && !own.includes(patientId)) mayDecide(own, facts, former);
      if (facts.proxy) await requireRelatedPerson(persons, facts.proxy.relatedPerson, patientId);
      return facts;
    },
    async requireRoom(tx, { patientId, facts, former }) {
      const more = weightOf(facts) - (former ? weightOf(former) : 0);
      if (more <= 0) return;
      await takeTurn(turns, tx, patientId);
      const active = await records.find(
        { patientId, 'facts.status': 'active' },
        { projection: { 'facts.status': 1, 'facts.rules.type': 1, 'facts.share.resources': 1 }, ...tx },
      );
      const known = active.map((one) => weightOf(one.facts)).reduce((sum, weight) => sum + weight, 0);
      if (known + more > MOST_ACTIVE) throw noRoom();
    },
  };
}

/** @throws Invalid when it is about nobody here */
export function patientOf(resource: Resource): string {
  return patientIn((resource as Consent).patient?.reference, 'Consent.patient');
}

/** All records of the person who asks. */
async function recordsOf(persons: Persons, { person }: Subject): Promise<readonly string[]> {
  return person?.type === 'Patient' ? persons.merges.allOf(person.id) : [];
}

/** What the patient alone says: who acts for them, and what they share. */
const RESERVED: readonly ConsentCategory[] = ['proxy', 'share'];

/** For what a proxy uses a patient's data. */
const PROXY_PURPOSES: readonly Purpose[] = PURPOSES_OF.patient;

/** Whether a rule is about what this proxy sees: by name, by role, or as everybody. */
function concerns({ recipients, purposes }: ConsentRule, own: readonly string[]): boolean {
  const names = ['patient', ...own.map((id) => `Patient/${id}`)];
  const isNamed = recipients.length === 0 || recipients.some((one) => names.includes(one));
  return isNamed && (purposes.length === 0 || purposes.some((one) => PROXY_PURPOSES.includes(one)));
}

/** One without conditions overrules nothing. */
function overrules({ type, recipients, purposes, dataClasses }: ConsentRule): boolean {
  return type === 'permit' && [recipients, purposes, dataClasses].some((conditions) => conditions.length > 0);
}

/**
 * Who acts for a patient may end that, and decides nothing else of what a proxy sees: neither takes back what the patient has
 * denied them, nor permits it to themselves, nor makes others act, nor shares it. @throws Forbidden
 */
function mayDecide(own: readonly string[], facts: ConsentFacts, former: ConsentFacts | undefined): void {
  const isEnd = facts.status === 'inactive';
  if (isEnd && own.includes(former?.proxy?.person ?? '')) return;
  const decides = [
    !isEnd && [facts, former].some((one) => one?.categories.some((category) => RESERVED.includes(category))),
    denialsOf(former).some((rule) => concerns(rule, own)),
    facts.rules.some((rule) => overrules(rule) && concerns(rule, own)),
  ];
  if (decides.includes(true)) throw new Forbidden('Only the patient decides');
}

function denialsOf(facts: ConsentFacts | undefined): readonly ConsentRule[] {
  return facts?.rules.filter(({ type }) => type === 'deny') ?? [];
}

/**
 * Rules of a patient's active consents. Who treats a patient waits for all of them at each decision, and a page is about a hundred
 * patients: with more, one patient could bring it beyond what one answer may hold, for everybody on it.
 */
export const MOST_ACTIVE = 100;

/** How much of that a consent takes, with each resource that it shares: one without either is read, too. */
function weightOf({ status, rules, share }: Pick<ConsentFacts, 'status' | 'rules' | 'share'>): number {
  return status === 'active' ? Math.max(1, rules.length + (share?.resources.length ?? 0)) : 0;
}

function noRoom(): Unprocessable {
  return new Unprocessable(
    `The active consents of a patient have ${String(MOST_ACTIVE)} rules and shared resources at most: one must be withdrawn first`,
  );
}

async function requireRelatedPerson(persons: Persons, id: string, patientId: string): Promise<void> {
  const found = await persons.of('RelatedPerson').read(id);
  const of = (found?.['patient'] as { reference?: string } | undefined)?.reference;
  if (idIn(of, 'Patient') !== patientId)
    throw new Invalid([{ path: 'Consent.provision.actor', message: 'a RelatedPerson of this patient' }]);
}

/** Patients whose consents are read at a time, so that no more are read than an answer may hold. */
const PATIENTS_AT_ONCE = 500;

/** The rules of these patients' consents, and what they share with anybody. @throws TooManyFacts */
export async function saidBy(
  consents: FhirConsents,
  patients: readonly string[],
): Promise<{ readonly rules: readonly ConsentRule[]; readonly shares: readonly Share[] }> {
  const rules: ConsentRule[] = [];
  const shares: Share[] = [];
  for (let at = 0; at < patients.length; at += PATIENTS_AT_ONCE) {
    const found = await Promise.all(patients.slice(at, at + PATIENTS_AT_ONCE).map(consents.ofPatient));
    rules.push(...found.flat().flatMap(({ facts }) => facts.rules));
    shares.push(...found.flat().flatMap(shareIn));
    requireFew(rules.length + shares.length);
  }
  return { rules, shares };
}

/** Whether a patient wants messages by e-mail: unless the latest consent about them, of any of their records, says no. */
export async function wantsMessages(consents: FhirConsents, records: readonly string[]): Promise<boolean> {
  const filter = {
    patientId: { $in: [...records] },
    'facts.status': 'active',
    'facts.categories': 'notifications-email',
  };
  const found = await consents.records.find(filter, {
    sort: { updatedAt: -1 },
    limit: 1,
    projection: { 'facts.messages': 1 },
  });
  return found[0]?.facts.messages !== 'deny';
}
