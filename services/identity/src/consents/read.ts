import type { ConsentRecord, Store } from '../store.ts';
import { CONSENT_DEFAULTS, CONSENT_SCOPES } from './scopes.ts';
import type { ConsentScope } from './scopes.ts';

/** One scope as it stands. `version` 0: the patient has said nothing, the default holds. */
export interface Consent {
  readonly scope: ConsentScope;
  readonly granted: boolean;
  readonly version: number;
  readonly updatedAt?: string;
}

/** Every scope of a patient, said or not. */
export async function readConsents(store: Store, patientId: string): Promise<Consent[]> {
  return consentsOf(await store.consents.find({ patientId }));
}

/** Fills in the defaults. */
export function consentsOf(records: readonly ConsentRecord[]): Consent[] {
  return CONSENT_SCOPES.map((scope) => {
    const said = records.find((record) => record.scope === scope);
    return said ? consentOf(said) : { scope, granted: CONSENT_DEFAULTS[scope], version: 0 };
  });
}

/** One record as it is answered. */
export function consentOf(record: ConsentRecord): Consent {
  const { scope, granted, version, updatedAt } = record;
  return { scope, granted, version, updatedAt: updatedAt.toISOString() };
}
