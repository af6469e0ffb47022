export { BlindIndex, lookupVersion } from './blind-index.ts';
export type { Term } from './blind-index.ts';
export { decrypt, encrypt, Tampered } from './cipher.ts';
export { bytesOf, dataKeyCollection, DataKeys, KeyDestroyed, KeyMissing } from './data-keys.ts';
export type { DataKeyRecord, DataKeysOptions } from './data-keys.ts';
export { dateTerms, partialTermsAround, withinTerms } from './date-terms.ts';
export { firstKeyProvider } from './first-key-provider.ts';
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
export { keepRewrapped, KeysDoNotFit, requireFittingKeys, rewrap, versionsInUse } from './rewrap.ts';
export type { RewrapProgress, VersionUse } from './rewrap.ts';
export { keepDataKeys, openServiceKeys } from './service-keys.ts';
export type { KeepDataKeysOptions, ServiceKeys, ServiceKeysOptions } from './service-keys.ts';
export {
  exactTerm,
  identifierTerms,
  startsWithTerms,
  telecomForm,
  telecomTerm,
  textTerms,
  tokenTerm,
} from './text-terms.ts';
export { chosenKeyProvider, keyProviderConfig } from './transit/chosen-key-provider.ts';
export type { KeyProviderConfig } from './transit/chosen-key-provider.ts';
export { transitKeyProvider } from './transit/transit-key-provider.ts';
export type { TransitKeyProvider, TransitOptions } from './transit/transit-key-provider.ts';
export { TransitRefused } from './transit/transit-client.ts';
export { kubernetesLogin, tokenFile } from './transit/transit-login.ts';
export type { TransitLogin } from './transit/transit-login.ts';
export type { Binary } from 'mongodb';
