import type { Purpose } from './action.ts';

/** What is known of a subject's relations to patients, and of those patients' consents. Identity owns it. */
export interface Facts {
  /** Changes whenever anything below changes: a decision that was made with another version is void. */
  readonly version: string;
  /** Patients for whom the subject acts as parent, guardian or attorney. */
  readonly actsFor: readonly Relation[];
  /** Patients whom the subject treats: visits, care teams, explicit assignments. */
  readonly treats: readonly Relation[];
  /** Patients whose record the subject has opened in an emergency. */
  readonly breakGlass: readonly Relation[];
  /** Rules of consent that concern this subject: about patients above, or about everybody's data. */
  readonly consents: readonly ConsentRule[];
}

/** A relation to a patient. Times are RFC 3339; `until` absent: it has no end. */
export interface Relation {
  readonly patient: string;
  readonly from?: string;
  readonly until?: string;
}

/** One provision of a patient's active FHIR Consent, or its policy. The most specific rule wins; of equals, `deny`. */
export interface ConsentRule {
  readonly patient: string;
  readonly type: 'permit' | 'deny';
  /** References such as `Practitioner/<id>`, `Organization/<id>`, or a role; empty: everybody. */
  readonly recipients: readonly string[];
  /** Empty: every purpose. */
  readonly purposes: readonly Purpose[];
  /** Empty: every class. */
  readonly dataClasses: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

export const NO_FACTS: Facts = { version: '0', actsFor: [], treats: [], breakGlass: [], consents: [] };
