export { BlindIndex, lookupVersion } from './blind-index.ts';
export type { Term } from './blind-index.ts';
export { Tampered } from './cipher.ts';
export { dataKeyCollection, DataKeys, KeyDestroyed, KeyMissing } from './data-keys.ts';
export type { DataKeyRecord, DataKeysOptions } from './data-keys.ts';
export { dateTerms, partialTermsAround, withinTerms } from './date-terms.ts';
export { framed } from './framing.ts';
export type { KeyCacheOptions } from './key-cache.ts';
export { UnknownKeyVersion } from './key-provider.ts';
export type { KeyContext, KeyProvider, WrappedKey } from './key-provider.ts';
export { allKeys, keyValues } from './key-entries.ts';
export type { KeyValues } from './key-entries.ts';
export { keyVersion, localKeyProvider } from './local-key-provider.ts';
export { normalise, normaliseEmail, normalisePhone, spellings } from './normalise.ts';
export { createRecordCipher } from './record-cipher.ts';
export type { Place, RecordCipher } from './record-cipher.ts';
export {
  keepRewrapped,
  KeysDoNotFit,
  requireFittingKeys,
  requireUnused,
  rewrap,
  versionsInUse,
} from './rewrap.ts';
export type { RewrapProgress, VersionUse } from './rewrap.ts';
export { openServiceKeys } from './service-keys.ts';
export type { ServiceKeys, ServiceKeysOptions } from './service-keys.ts';
export {
  exactTerm,
  identifierTerms,
  startsWithTerms,
  telecomForm,
  telecomTerm,
  textTerms,
  tokenTerm,
} from './text-terms.ts';
export type { Binary } from 'mongodb';
