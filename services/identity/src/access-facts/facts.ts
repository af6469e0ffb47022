import { createHash } from 'node:crypto';
import type { Facts, Relation, Subject } from '@careplane/access';
import { NO_FACTS } from '@careplane/access';
import type { Emergencies } from '../break-glass/emergencies.ts';
import { rulesOf } from '../consents/consents.ts';
import type { FhirConsents } from '../consents/consents.ts';
import type { Endings } from '../oidc/endings.ts';
import { holds } from '../persons/contact.ts';
import type { Period } from '../persons/elements.ts';
import type { Persons } from '../persons/persons.ts';
import { actsFor } from '../proxies/proxies.ts';
import { assignmentsOf } from '../relationships/care-teams.ts';
import type { CareTeams } from '../relationships/care-teams.ts';
import type { Visits } from '../relationships/visits.ts';

export interface FactsParts {
  readonly persons: Persons;
  readonly consents: FhirConsents;
  readonly visits: Visits;
  readonly careTeams: CareTeams;
  readonly emergencies: Emergencies;
  readonly endings: Endings;
  /** From which birthday on parents and guardians no longer act. */
  readonly proxyAge: number;
}

/** Whose facts: the role, and the id of the person or of the app. */
export interface FactsOwner {
  readonly role: 'patient' | 'practitioner' | 'app';
  readonly id: string;
}

/** The facts as they are now. Nothing is cached here, so that a withdrawal counts from the next time somebody asks. */
export async function factsNow(parts: FactsParts, { role, id }: FactsOwner): Promise<Facts> {
  const known = await OF_ROLE[role](parts, id);
  const facts = { ...NO_FACTS, ...known };
  return { ...facts, version: versionOf(facts) };
}

type Known = Omit<Partial<Facts>, 'version'>;

const OF_ROLE: Readonly<Record<FactsOwner['role'], (parts: FactsParts, id: string) => Promise<Known>>> = {
  async patient({ consents, persons, proxyAge }, id) {
    const own = await persons.merges.recordsOf([id]);
    const parts = { consents, persons, age: proxyAge };
    const relations = await actsFor(parts, own.flat().length > 0 ? own.flat() : [id]);
    const merged = [...own, ...(await persons.merges.recordsOf(patientsOf(relations)))];
    return { actsFor: relations, merged, consents: await rulesOf(consents, allOf(relations, merged)) };
  },
  async practitioner(parts, id) {
    const { visits, careTeams, emergencies } = parts;
    const treats = [
      ...(await visits.of(id, new Date())).map(({ patientId, from, until }) => ({
        patient: patientId,
        from: from.toISOString(),
        until: until.toISOString(),
      })),
      ...(await assignmentsOf(careTeams, id)),
    ];
    const breakGlass = await emergencies.of(id);
    const relations = [...treats, ...breakGlass];
    const merged = await parts.persons.merges.recordsOf(patientsOf(relations));
    return {
      treats,
      breakGlass,
      merged,
      organizations: await organizationsOf(parts.persons, id),
      consents: await rulesOf(parts.consents, allOf(relations, merged)),
    };
  },
  async app({ consents, persons }, id) {
    const found = await consents.records.find(
      {
        'facts.status': 'active',
        'facts.rules': {
          $elemMatch: { $or: [{ recipients: [] }, { recipients: { $in: ['app', `Device/${id}`] } }] },
        },
      },
      { projection: { 'facts.rules': 1 } },
    );
    const rules = found.flatMap(({ facts }) => facts.rules);
    return { consents: rules, merged: await persons.merges.recordsOf(rules.map(({ patient }) => patient)) };
  },
};

function patientsOf(relations: readonly Relation[]): string[] {
  return [...new Set(relations.map(({ patient }) => patient))];
}

/** All records of the patients in these relations. */
function allOf(relations: readonly Relation[], merged: readonly (readonly string[])[]): string[] {
  return [...new Set([...patientsOf(relations), ...merged.flat()])];
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

/** The same facts have the same version, and others another one. */
function versionOf(facts: Facts): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 22);
}

/** Whose facts a subject's are; nothing for those who have none. */
export function ownerOf({ role, person, client }: Subject): FactsOwner | undefined {
  if (role === 'app') return { role, id: client };
  return (role === 'patient' || role === 'practitioner') && person ? { role, id: person.id } : undefined;
}
