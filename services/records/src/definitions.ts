import type { ResourceDefinition, SealedParts } from '@careplane/kit';
import { clinicalDefinition } from './clinical/definition.ts';
import type { ClinicalKind } from './clinical/kind.ts';
import { clinicalStore } from './clinical/store.ts';
import type { ClinicalStore } from './clinical/store.ts';
import { KINDS } from './kinds/index.ts';

/** A type with its store. */
export interface KeptKind {
  readonly kind: ClinicalKind;
  readonly store: ClinicalStore;
}

/** The store of each type. */
export function openStores(parts: SealedParts): KeptKind[] {
  return KINDS.map((kind) => ({ kind, store: clinicalStore(parts, kind) }));
}

/** The resource types of this service over FHIR. */
export function recordDefinitions(stores: readonly KeptKind[]): ResourceDefinition[] {
  return stores.map(({ kind, store }) => clinicalDefinition(kind, store));
}
