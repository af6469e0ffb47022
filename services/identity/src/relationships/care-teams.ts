import { isWithin } from '@careplane/access';
import type { Relation } from '@careplane/access';
import { careTeamSchema, intervalOf, Invalid, sealedCollections, SealedStore } from '@careplane/kit';
import type {
  CareTeam,
  Resource,
  ResourceDefinition,
  SealedKind,
  SealedParts,
  SearchParameter,
} from '@careplane/kit';
import { idIn, patientIn } from '../persons/elements.ts';
import { amongPatients } from './among.ts';
import type { Among } from './among.ts';

/** Who is assigned to a patient, and how long. */
export interface CareTeamFacts {
  readonly status: string;
  readonly members: readonly {
    readonly practitioner: string;
    readonly from?: string;
    readonly until: string;
  }[];
}

export type CareTeams = SealedStore<CareTeamFacts>;

const COLLECTION = 'care_teams';

export const careTeamCollections = sealedCollections(COLLECTION, {
  indexes: [
    { key: { 'facts.members.practitioner': 1, 'facts.status': 1 }, name: 'practitioner' },
    { key: { patientId: 1 }, name: 'patient' },
  ],
});

const KIND: SealedKind<CareTeamFacts> = {
  type: 'CareTeam',
  collection: COLLECTION,
  fields: {
    participant: { as: 'reference', paths: ['facts.members.practitioner'], type: 'Practitioner' },
    status: { as: 'code', paths: ['facts.status'] },
  },
  attributes: { practitioner: ['facts.members.practitioner'] },
  patientElement: 'subject',
  patientOf,
  factsOf: (resource) => Promise.resolve(factsOf(resource as CareTeam)),
};

export function createCareTeams(parts: SealedParts): CareTeams {
  return new SealedStore(parts, KIND);
}

function patientOf(resource: Resource): string {
  return patientIn((resource as CareTeam).subject?.reference, 'CareTeam.subject');
}

/** Every assignment ends: of the participant's period and the team's, the earlier end. @throws Invalid without one */
function factsOf({ status = 'active', participant = [], period }: CareTeam): CareTeamFacts {
  const members = participant.map(({ member, period: own }, at) => {
    const path = `CareTeam.participant[${String(at)}]`;
    const practitioner = idIn(member?.reference, 'Practitioner');
    if (practitioner === undefined)
      throw new Invalid([{ path: `${path}.member`, message: 'a Practitioner of this server' }]);
    const froms = [period?.start, own?.start].map((text) => instantOf(text, 'start'));
    const untils = [period?.end, own?.end].map((text) => instantOf(text, 'end'));
    const from = froms
      .filter((time) => time !== undefined)
      .sort()
      .at(-1);
    const until = untils.filter((time) => time !== undefined).sort()[0];
    if (until === undefined) throw new Invalid([{ path: `${path}.period.end`, message: 'an end is needed' }]);
    return { practitioner, until, ...(from === undefined ? {} : { from }) };
  });
  return { status, members };
}

function instantOf(text: string | undefined, side: 'start' | 'end'): string | undefined {
  const time = text === undefined ? undefined : intervalOf(text)?.[side];
  return time === undefined ? undefined : new Date(time).toISOString();
}

/** Whether a practitioner is assigned to a patient at a moment. */
export async function isAssigned(
  teams: CareTeams,
  who: { readonly practitionerId: string; readonly patientId: string; readonly at: Date },
): Promise<boolean> {
  const assignments = await assignmentsOf(teams, who.practitionerId, { patients: [who.patientId] });
  return assignments.some((assignment) => isWithin(assignment, who.at));
}

/** The patients, or those of these, to whom a practitioner is assigned. */
export async function assignmentsOf(
  teams: CareTeams,
  practitioner: string,
  { patients, limit }: Among = {},
): Promise<Relation[]> {
  const found = await teams.records.find(
    { 'facts.members.practitioner': practitioner, 'facts.status': 'active', ...amongPatients(patients) },
    { projection: { patientId: 1, facts: 1 }, ...(limit === undefined ? {} : { limit }) },
  );
  return found.flatMap(({ patientId, facts }) =>
    facts.members
      .filter((member) => member.practitioner === practitioner)
      .map(({ from, until }) => ({ patient: patientId, until, ...(from === undefined ? {} : { from }) })),
  );
}

const PARAMETERS: Readonly<Record<string, SearchParameter>> = {
  patient: {
    type: 'reference',
    documentation: 'Whose care it is.',
    targets: ['Patient'],
    paths: ['subject'],
    definition: 'http://hl7.org/fhir/SearchParameter/clinical-patient',
  },
  participant: {
    type: 'reference',
    documentation: 'Who is assigned.',
    targets: ['Practitioner'],
    paths: ['participant.member'],
    definition: 'http://hl7.org/fhir/SearchParameter/CareTeam-participant',
  },
  status: {
    type: 'token',
    documentation: 'active, inactive, ...',
    definition: 'http://hl7.org/fhir/SearchParameter/CareTeam-status',
  },
};

/** Care teams over FHIR R4, for `createFhirRouter`. */
export function careTeamDefinition(store: CareTeams): ResourceDefinition {
  return {
    type: 'CareTeam',
    documentation:
      'Who is assigned to a patient beside those whom the patient visits. Every assignment has an end.',
    schema: careTeamSchema,
    attributes: (resource) => {
      const { id, subject, participant = [] } = resource as CareTeam;
      const patient = idIn(subject?.reference, 'Patient');
      return {
        ...(id === undefined ? {} : { id: [id] }),
        ...(patient === undefined ? {} : { patient: [patient] }),
        practitioner: participant
          .map(({ member }) => idIn(member?.reference, 'Practitioner'))
          .filter((one) => one !== undefined),
      };
    },
    searchParameters: PARAMETERS,
    includes: ['patient', 'participant'],
    store,
  };
}
