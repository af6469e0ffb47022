export { sealedRoutes } from './documented.ts';
export { SEALED_DOCUMENTS } from './paths.ts';
export { isSealed, MOST_VERSIONS_OF_PART, SealedDocuments } from './sealed-documents.ts';
export type { SealedContent } from './sealed-documents.ts';
