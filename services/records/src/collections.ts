import { criteriaClaims, dataKeyCollection, exportCollections } from '@careplane/kit';
import type { CollectionSpec } from '@careplane/kit';
import { clinicalCollections } from './clinical/store.ts';
import { KINDS } from './kinds/index.ts';

/** All collections of this service, but what the kit makes for itself. */
export const recordCollections: readonly CollectionSpec[] = [
  dataKeyCollection,
  criteriaClaims,
  ...exportCollections,
  ...KINDS.flatMap(clinicalCollections),
];
