export { erasureConfig } from './config.ts';
export { erasedCollection, openErasures } from './erasures.ts';
export type { ErasedPatient, Erasures, ErasuresOptions, Keeping } from './erasures.ts';
export { ERASURES_PATH, erasurePage, erasureReport, identityLedger } from './ledger.ts';
export type { ErasureLedger, LedgerEntry } from './ledger.ts';
export { applyLedger, keepCompared } from './apply-ledger.ts';
