export {
  codeParameter,
  dateParameter,
  referenceParameter,
  telecomParameter,
  textParameter,
  tokenParameter,
} from './blind-parameters.ts';
export type { BlindParameter } from './blind-parameters.ts';
export { sealedCollections } from './kind.ts';
export type { SealedKind, SealedParts, SealedRecord } from './kind.ts';
export { requireKnownMarks, staleMarks } from './lookup.ts';
export { blindQuery } from './search.ts';
export { DeletableStore, SealedStore } from './sealed-store.ts';
export type { Draft } from './sealed-store.ts';
export {
  laterThan,
  openEach,
  openResource,
  RECORD_KEY,
  sealResource,
  unknownPatient,
  unlessErased,
} from './sealing.ts';
