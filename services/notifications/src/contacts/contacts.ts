/** How a patient is reached, and whether they want to be. */
export interface Contact {
  readonly givenName: string;
  /** Absent when the patient left no address. */
  readonly email?: string | undefined;
  /** The patient's consent to notifications, as it stands now. */
  readonly consented: boolean;
}

/** Finds contacts; identity is the only place that knows them, nothing is cached here. */
export interface Contacts {
  /**
   * The contact of a patient, or nothing when there is no such patient.
   *
   * @throws when identity cannot be asked now.
   */
  find(patientId: string, signal: AbortSignal): Promise<Contact | undefined>;
}
