import type { ConsentRule, Facts, Relation, Share, Subject } from '@careplane/access';
import { NO_FACTS } from '@careplane/access';
import type { Emergencies } from '../break-glass/emergencies.ts';
import { saidBy } from '../consents/consents.ts';
import type { FhirConsents } from '../consents/consents.ts';
import type { Endings } from '../oidc/endings.ts';
import { holds } from '../persons/contact.ts';
import type { Period } from '../persons/elements.ts';
import type { Persons } from '../persons/persons.ts';
import { actsFor } from '../proxies/proxies.ts';
import { assignmentsOf } from '../relationships/care-teams.ts';
import type { CareTeams } from '../relationships/care-teams.ts';
import type { Visits } from '../relationships/visits.ts';
import { MOST_FACTS, requireFew, TooManyFacts } from './bounds.ts';
import type { RefusedFacts } from './bounds.ts';

export interface FactsParts {
  readonly persons: Persons;
  readonly consents: FhirConsents;
  readonly visits: Visits;
  readonly careTeams: CareTeams;
  readonly emergencies: Emergencies;
  readonly endings: Endings;
  /** From which birthday on parents and guardians no longer act. */
  readonly proxyAge: number;
  readonly refused: RefusedFacts;
}

/** Whose facts: the role, and the id of the person or of the app. */
export interface FactsOwner {
  readonly role: 'patient' | 'practitioner' | 'app';
  readonly id: string;
}

/** What of the facts is asked for. */
export interface FactsAbout {
  /** What concerns these, as `Facts.about` says it. Absent: all. */
  readonly patients?: readonly string[] | undefined;
  /** No consents: whoever asks decides about each resource later. */
  readonly withoutConsents?: boolean;
}

/**
 * The facts as they are now. Nothing is cached here, so that a withdrawal counts from the next time somebody asks. A patient always has
 * all: those of a family are few. @throws TooManyFacts
 */
export async function factsNow(
  parts: FactsParts,
  { role, id }: FactsOwner,
  { patients, withoutConsents = false }: FactsAbout = {},
): Promise<Facts> {
  try {
    const known =
      patients && role !== 'patient'
        ? ABOUT[role](parts, id, patients)
        : OF_ROLE[role](parts, id, withoutConsents);
    const facts = { ...NO_FACTS, ...(await known) };
    const shared = (facts.shares ?? []).flatMap(({ resources }) => resources); // each is a value in a query
    requireFew([facts.consents, facts.actsFor, facts.treats, facts.breakGlass].flat().length + shared.length);
    return facts;
  } catch (error) {
    const isWhole = patients === undefined || patients.length < 2;
    if (error instanceof TooManyFacts && isWhole) parts.refused.inc({ role });
    throw error;
  }
}

type Known = Partial<Facts>;

const OF_ROLE: Readonly<
  Record<FactsOwner['role'], (parts: FactsParts, id: string, withoutConsents: boolean) => Promise<Known>>
> = {
  async patient({ consents, persons, proxyAge }, id) {
    const own = await persons.merges.recordsOf([id]);
    const parts = { consents, persons, age: proxyAge };
    const records = own.flat().length > 0 ? own.flat() : [id];
    const [relations, shares] = await Promise.all([
      actsFor(parts, records),
      consents.sharedWith(
        records.map((record) => `Patient/${record}`),
        MOST_FACTS + 1,
      ),
    ]);
    const all = [...relations, ...shares];
    requireFew(all.length);
    const merged = [...own, ...(await persons.merges.recordsOf(patientsOf(all)))];
    const { rules } = await saidBy(consents, allOf(all, merged));
    return { actsFor: relations, shares, merged, consents: rules };
  },
  async practitioner(parts, id, withoutConsents) {
    const [relations, { organizations, shares }] = await Promise.all([
      relationsOf(parts, id),
      sharedWith(parts, id),
    ]);
    const all = [...relations.treats, ...relations.breakGlass, ...shares];
    requireFew(all.length);
    const merged = await parts.persons.merges.recordsOf(patientsOf(all));
    if (withoutConsents) return { ...relations, shares, merged };
    const { rules: consents } = await saidBy(parts.consents, allOf(all, merged));
    return { ...relations, shares, merged, consents, organizations };
  },
  async app({ consents, persons }, id) {
    const found = await consents.concerningApp(id, MOST_FACTS + 1);
    const rules = found
      .flatMap(({ facts }) => facts.rules)
      .filter((rule) => concerns(rule, `Device/${id}`, 'app'));
    requireFew(rules.length);
    return { consents: rules, merged: await persons.merges.recordsOf(rules.map(({ patient }) => patient)) };
  },
};

/** What concerns these patients, whose every record counts. */
const ABOUT: Readonly<
  Record<
    Exclude<FactsOwner['role'], 'patient'>,
    (parts: FactsParts, id: string, patients: readonly string[]) => Promise<Known>
  >
> = {
  async practitioner(parts, id, patients) {
    const { merged, about } = await recordsOf(parts, patients);
    const [relations, said] = await Promise.all([
      relationsOf(parts, id, about),
      saidBy(parts.consents, about),
    ]);
    const ofThem = (rule: Pick<ConsentRule, 'recipients'>): boolean =>
      concerns(rule, `Practitioner/${id}`, 'practitioner');
    const [consents, shares] = [said.rules.filter(ofThem), said.shares.filter(ofThem)];
    const organizations = await organizationsIn(parts, id, [...consents, ...shares]);
    return { about, ...relations, shares, merged, consents, ...organizations };
  },
  async app(parts, id, patients) {
    const { merged, about } = await recordsOf(parts, patients);
    const { rules } = await saidBy(parts.consents, about);
    return { about, merged, consents: rules.filter((rule) => concerns(rule, `Device/${id}`, 'app')) };
  },
};

async function recordsOf(
  { persons }: FactsParts,
  patients: readonly string[],
): Promise<{ readonly merged: readonly (readonly string[])[]; readonly about: readonly string[] }> {
  const merged = await persons.merges.recordsOf(patients);
  return { merged, about: [...new Set([...patients, ...merged.flat()])] };
}

/** Whom a practitioner treats, and whose record is open to them; of these patients or of all. */
async function relationsOf(
  { visits, careTeams, emergencies }: FactsParts,
  id: string,
  patients?: readonly string[],
): Promise<Pick<Facts, 'treats' | 'breakGlass'>> {
  const among = { ...(patients ? { patients } : {}), limit: MOST_FACTS + 1 };
  const [visited, assigned, breakGlass] = await Promise.all([
    visits.of(id, new Date(), among),
    assignmentsOf(careTeams, id, among),
    emergencies.of(id, among),
  ]);
  const byVisit = visited.map(({ patientId, from, until }) => ({
    patient: patientId,
    from: from.toISOString(),
    until: until.toISOString(),
  }));
  return { treats: [...byVisit, ...assigned], breakGlass };
}

/** Whether a rule may be about who asks. A deny of an app, and one of an organization, holds for people, too. */
function concerns(
  { recipients }: Pick<ConsentRule, 'recipients'>,
  name: string,
  role: Subject['role'],
): boolean {
  if (recipients.length === 0 || recipients.includes(name) || recipients.includes(role)) return true;
  return role !== 'app' && recipients.some((one) => /^(Organization|Device)\//.test(one));
}

function patientsOf(relations: readonly Relation[]): string[] {
  return [...new Set(relations.map(({ patient }) => patient))];
}

/** All records of the patients in these relations. */
function allOf(relations: readonly Relation[], merged: readonly (readonly string[])[]): string[] {
  return [...new Set([...patientsOf(relations), ...merged.flat()])];
}

/** What is shared with a practitioner, or with where they work, by whomever. */
async function sharedWith(
  { consents, persons }: FactsParts,
  id: string,
): Promise<{ readonly organizations: readonly string[]; readonly shares: readonly Share[] }> {
  const organizations = await organizationsOf(persons, id);
  const names = [`Practitioner/${id}`, ...organizations.map((one) => `Organization/${one}`)];
  return { organizations, shares: await consents.sharedWith(names, MOST_FACTS + 1) };
}

/** Where a practitioner works: asked for only where a rule names an organization. */
async function organizationsIn(
  { persons }: FactsParts,
  id: string,
  rules: readonly Pick<ConsentRule, 'recipients'>[],
): Promise<Pick<Facts, 'organizations'>> {
  const isNamed = rules.some(({ recipients }) => recipients.some((one) => one.startsWith('Organization/')));
  return isNamed ? { organizations: await organizationsOf(persons, id) } : {};
}

/** For which organizations a practitioner works now: by a role that is active and whose period holds. */
async function organizationsOf(persons: Persons, practitioner: string): Promise<string[]> {
  const roles = persons.of('PractitionerRole');
  const records = await roles.records.find({ 'access.practitioner': practitioner });
  const organizations: string[] = [];
  for (const record of records) {
    const role = await roles.open(record);
    const isHeld = role['active'] !== false && holds(role['period'] as Period | undefined, new Date());
    if (isHeld) organizations.push(...(record.access.organization ?? []));
  }
  return organizations;
}

/** Whose facts a subject's are; nothing for those who have none. */
export function ownerOf({ role, person, client }: Subject): FactsOwner | undefined {
  if (role === 'app') return { role, id: client };
  return (role === 'patient' || role === 'practitioner') && person ? { role, id: person.id } : undefined;
}
