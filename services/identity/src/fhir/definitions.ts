import { withEverything } from '@careplane/kit';
import type { EverythingOptions, ResourceDefinition } from '@careplane/kit';
import { emergencyOperations } from '../break-glass/operations.ts';
import { consentDefinition } from '../consents/definition.ts';
import { erasureOperations } from '../erasure/index.ts';
import type { Parts } from '../parts.ts';
import { personDefinitions } from '../persons/definitions.ts';
import { careTeamDefinition } from '../relationships/care-teams.ts';

/** What the definitions are made from. */
export interface ServedParts extends Pick<Parts, 'persons' | 'access' | 'facts' | 'erasure'> {
  /** Seals links to pages. */
  readonly linkKey: EverythingOptions['linkKey'];
  /** Types of the services that have the rest of a patient's record, in order: `$everything` leads to them. */
  readonly recordParts: readonly string[];
}

/** Every resource type that identity serves over FHIR R4. */
export function fhirDefinitions(parts: ServedParts): ResourceDefinition[] {
  const { persons, access, facts, erasure, linkKey, recordParts } = parts;
  const operations = [
    ...emergencyOperations(facts.emergencies, persons),
    ...erasureOperations(erasure, persons),
  ];
  const definitions = [
    ...personDefinitions(persons, access).map((definition) =>
      definition.type === 'Patient'
        ? { ...definition, operations: [...(definition.operations ?? []), ...operations] }
        : definition,
    ),
    consentDefinition(facts.consents),
    careTeamDefinition(facts.careTeams),
  ];
  return withEverything(definitions, { at: 'Patient', access, linkKey, parts: recordParts });
}
