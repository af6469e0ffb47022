import { SealedStore } from '@careplane/kit';
import type { ResourceDefinition } from '@careplane/kit';
import { PersonStore } from '../persons/person-store.ts';
import { fhirDefinitions } from './definitions.ts';
import type { ServedParts } from './definitions.ts';

/** What identity serves, without a database, for reference pages and tests of access: its stores answer nothing. */
export function servedDefinitions(): ResourceDefinition[] {
  const sealed = SealedStore.prototype as unknown;
  const parts = {
    persons: { of: () => PersonStore.prototype },
    erasure: {},
    facts: { consents: sealed, careTeams: sealed },
    linkKey: [],
    recordParts: [],
  } as unknown as ServedParts;
  return fhirDefinitions(parts);
}
