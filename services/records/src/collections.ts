import { criteriaClaims, dataKeyCollection, erasedCollection, exportCollections } from '@careplane/kit';
import type { CollectionSpec } from '@careplane/kit';
import { gridFsCollections } from './blobs/grid-fs.ts';
import { noteCollection } from './blobs/notes.ts';
import { clinicalCollections } from './clinical/store.ts';
import { additionCollection, contentCollection, uploadTurns } from './content/index.ts';
import { KINDS } from './kinds/index.ts';

/** All collections of this service, but what the kit makes for itself. */
export const recordCollections: readonly CollectionSpec[] = [
  dataKeyCollection,
  criteriaClaims,
  erasedCollection,
  ...exportCollections,
  contentCollection,
  uploadTurns,
  additionCollection,
  ...gridFsCollections,
  noteCollection,
  ...KINDS.flatMap(clinicalCollections),
];
