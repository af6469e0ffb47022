import { withEverything } from '@careplane/kit';
import type { EverythingOptions, ResourceDefinition, SealedParts } from '@careplane/kit';
import { clinicalDefinition } from './clinical/definition.ts';
import type { ClinicalKind } from './clinical/kind.ts';
import { clinicalStore } from './clinical/store.ts';
import type { ClinicalStore } from './clinical/store.ts';
import type { DocumentContent } from './content/index.ts';
import { Attachments } from './documents/attachments.ts';
import { binaryDefinition } from './documents/binary-route.ts';
import { DocumentStore } from './documents/document-store.ts';
import { documentReference } from './kinds/document-reference.ts';
import { KINDS } from './kinds/index.ts';
import type { SealedDocuments } from './sealed-documents/index.ts';

/** A type with its store. */
export interface KeptKind {
  readonly kind: ClinicalKind;
  readonly store: ClinicalStore;
}

/** What the stores of this service are made from. */
export interface StoreParts extends SealedParts {
  readonly contents: DocumentContent;
  readonly sealed: SealedDocuments;
}

/** The store of each type. */
export function openStores(parts: StoreParts): KeptKind[] {
  return KINDS.map((kind) => ({
    kind,
    store:
      kind === documentReference
        ? new DocumentStore(parts, new Attachments(parts.contents))
        : clinicalStore(parts, kind),
  }));
}

/** The resource types of this service over FHIR. */
export function recordDefinitions(
  stores: readonly KeptKind[],
  { access, linkKey, ...parts }: StoreParts & Pick<EverythingOptions, 'access' | 'linkKey'>,
): ResourceDefinition[] {
  const clinical = stores.map(({ kind, store }) => clinicalDefinition(kind, store));
  const documents = stores.find(({ kind }) => kind === documentReference)?.store;
  if (!documents) throw new Error('there is no store of documents');
  const definitions = [...clinical, binaryDefinition({ ...parts, documents })];
  return withEverything(definitions, { at: 'Encounter', access, linkKey });
}

/** The definition of a type that is served here. */
export function definitionOf(definitions: readonly ResourceDefinition[], type: string): ResourceDefinition {
  const found = definitions.find((definition) => definition.type === type);
  if (!found) throw new Error(`there is no definition of ${type}`);
  return found;
}
