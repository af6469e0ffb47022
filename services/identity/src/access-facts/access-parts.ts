import { recentFacts } from '@careplane/kit';
import type { CollectionSpec, FactsOf, Idempotency, Mongo, Outbox } from '@careplane/kit';
import { emergencyCollections, Emergencies } from '../break-glass/emergencies.ts';
import type { IdentityConfig } from '../config.ts';
import { fhirConsentCollections, FhirConsents } from '../consents/consents.ts';
import { createEndings, endingCollections } from '../oidc/endings.ts';
import { requirePatient } from '../persons/known-patient.ts';
import type { Persons } from '../persons/persons.ts';
import { careTeamCollections, createCareTeams, isAssigned } from '../relationships/care-teams.ts';
import { visitCollections, Visits } from '../relationships/visits.ts';
import type { RefusedFacts } from './bounds.ts';
import type { FactsParts } from './facts.ts';
import { factsOfPath } from './token-facts.ts';

/** The collections that decisions are made from. */
export const accessCollections: readonly CollectionSpec[] = [
  ...fhirConsentCollections,
  ...careTeamCollections,
  ...visitCollections,
  ...emergencyCollections,
  ...endingCollections,
];

export interface AccessOptions {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly idempotency: Idempotency;
  readonly persons: Persons;
  readonly refused: RefusedFacts;
  readonly config: Pick<
    IdentityConfig,
    'TREATMENT_DAYS_AFTER_VISIT' | 'PROXY_UNTIL_AGE' | 'EMERGENCY_HOURS' | 'EMERGENCIES_PER_HOUR'
  >;
}

/** What access decisions are made from: consents, relationships, emergencies. */
export function createAccessParts(options: AccessOptions): FactsParts {
  const { mongo, outbox, idempotency, persons, refused, config } = options;
  const { protection } = persons;
  const sealed = {
    mongo,
    idempotency,
    protection,
    requirePatient: (id: string) => requirePatient(mongo, id),
  };
  const careTeams = createCareTeams(sealed);
  return {
    persons,
    consents: new FhirConsents({ ...sealed, persons }),
    careTeams,
    visits: new Visits(mongo, config.TREATMENT_DAYS_AFTER_VISIT, {
      recordsOf: (patientId) => persons.merges.allOf(patientId),
      isAssigned: (practitionerId, patientId, at) => isAssigned(careTeams, { practitionerId, patientId, at }),
    }),
    emergencies: new Emergencies({
      mongo,
      outbox,
      protection,
      hours: config.EMERGENCY_HOURS,
      mostAnHour: config.EMERGENCIES_PER_HOUR,
    }),
    endings: createEndings(mongo),
    proxyAge: config.PROXY_UNTIL_AGE,
    refused,
  };
}

/** The facts for identity's own decisions, under the same rule as for all others: at most 50 ms old. */
export function ownFacts(parts: FactsParts): FactsOf {
  return recentFacts((path) => factsOfPath(parts, path));
}
