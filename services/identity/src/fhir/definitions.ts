import type { ResourceDefinition } from '@careplane/kit';
import { emergencyOperations } from '../break-glass/operations.ts';
import { consentDefinition } from '../consents/definition.ts';
import type { Parts } from '../parts.ts';
import { personDefinitions } from '../persons/definitions.ts';
import { careTeamDefinition } from '../relationships/care-teams.ts';

/** Every resource type that identity serves over FHIR R4. */
export function fhirDefinitions({
  persons,
  access,
  facts,
}: Pick<Parts, 'persons' | 'access' | 'facts'>): ResourceDefinition[] {
  const emergencies = emergencyOperations(facts.emergencies, persons);
  return [
    ...personDefinitions(persons, access).map((definition) =>
      definition.type === 'Patient'
        ? { ...definition, operations: [...(definition.operations ?? []), ...emergencies] }
        : definition,
    ),
    consentDefinition(facts.consents),
    careTeamDefinition(facts.careTeams),
  ];
}
