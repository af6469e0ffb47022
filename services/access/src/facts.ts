import type { Purpose } from './action.ts';

/** Sensitivity codes of http://terminology.hl7.org/CodeSystem/v3-ActCode that a resource's `meta.security` may carry. */
export const DATA_CLASSES = [
  'ETH',
  'GDIS',
  'HIV',
  'MH',
  'PSY',
  'SCA',
  'SDV',
  'SEX',
  'SPI',
  'STD',
  'SUD',
  'VIO',
] as const;

/** What is known of a subject's relations to patients, and of those patients' consents. Identity owns it. */
export interface Facts {
  /** The patients that are known: what is about another one is denied where facts decide. Absent: all of them. */
  readonly about?: readonly string[];
  /** Patients for whom the subject acts as parent, guardian or attorney. */
  readonly actsFor: readonly Relation[];
  /** Patients whom the subject treats: visits, care teams, explicit assignments. */
  readonly treats: readonly Relation[];
  /** Patients whose record the subject has opened in an emergency. */
  readonly breakGlass: readonly Relation[];
  /** Organizations that the subject works for: ids. A consent may name them as recipients. */
  readonly organizations?: readonly string[];
  /** Records that were merged: each entry has all of one human. What is known of one of them holds for all. */
  readonly merged?: readonly (readonly string[])[];
  /** What patients share with the subject, or with an organization that it works for. */
  readonly shares?: readonly Share[];
  /** Rules of consent that concern this subject: about patients above, or about everybody's data. */
  readonly consents: readonly ConsentRule[];
}

/** A relation to a patient, from `from` (inclusive) until `until` (exclusive; absent: without end). Times are RFC 3339. */
export interface Relation {
  readonly patient: string;
  readonly from?: string;
  readonly until?: string;
}

/** One provision of a patient's active FHIR Consent, or its policy (a rule without conditions). See `consentConstraint`. */
export interface ConsentRule {
  readonly patient: string;
  readonly type: 'permit' | 'deny';
  /** `Practitioner/<id>`, `Patient/<id>` (a proxy), `Device/<client_id>` (an app), `Organization/<id>`, or a role; empty: everybody. */
  readonly recipients: readonly string[];
  /** Empty: every purpose. */
  readonly purposes: readonly Purpose[];
  /** Resource types and codes of `DATA_CLASSES`; empty: every class. */
  readonly dataClasses: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

/** What a patient shares, for reading alone: by an active FHIR Consent of the category `share`. It has an end. See `shareConstraint`. */
export interface Share extends Relation {
  /** `Practitioner/<id>`, `Patient/<id>` or `Organization/<id>`: at least one. */
  readonly recipients: readonly string[];
  /** Empty: every purpose. */
  readonly purposes: readonly Purpose[];
  /** `Type/<id>` of one resource, or `Type` of all. */
  readonly resources: readonly string[];
  readonly until: string;
}

/** The records of the human whose record this is, itself among them. */
export function recordsOf({ merged = [] }: Pick<Facts, 'merged'>, patient: string): readonly string[] {
  return merged.find((records) => records.includes(patient)) ?? [patient];
}

export const NO_FACTS: Facts = { actsFor: [], treats: [], breakGlass: [], consents: [] };
