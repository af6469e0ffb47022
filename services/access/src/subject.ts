import type { Purpose } from './action.ts';

/** What somebody is to the clinic. A proxy is a patient's role: see `Facts.actsFor`. */
export const ROLES = ['patient', 'practitioner', 'frontdesk', 'compliance', 'admin', 'app'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as the verified access token says. */
export interface Subject {
  /** The token's `sub`: an account, or the client of a backend app. */
  readonly id: string;
  readonly role: Role;
  /** The token's `fhirUser` (`Patient/<id>`, `Practitioner/<id>`); absent for accounts without a person, and for apps. */
  readonly person?: PersonReference;
  /** The OAuth client that asks on the subject's behalf (`client_id`). */
  readonly client: string;
  /** SMART scopes v2 that were granted, such as `patient/Appointment.rs` or `user/Observation.rs?category=laboratory`. */
  readonly scopes: readonly string[];
  /**
   * For what the app may use data, as it was registered. Absent: nothing was registered, and what it does is the first purpose of the
   * role.
   */
  readonly purposes?: readonly Purpose[];
  /** The patient of the launch context; `patient/` scopes are about this one only. */
  readonly patient?: string;
  /** The token itself. No rule looks at it; one that has ended decides nothing. */
  readonly token?: TokenMarks;
}

/** By what an access token may be ended before its time. */
export interface TokenMarks {
  /** Its `jti`. */
  readonly id: string;
  /** When its user logged in; of an app's own token, when it was issued. Seconds since 1970. */
  readonly since: number;
  /** The session it ends with. */
  readonly session?: string;
  /** The authorization it came from. */
  readonly grant?: string;
}

export interface PersonReference {
  readonly type: 'Patient' | 'Practitioner';
  readonly id: string;
}
