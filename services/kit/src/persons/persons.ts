/** Whom records of other services name; FHIR types. */
export type PersonType = 'Patient' | 'Practitioner';

/** Says whether references name anybody; identity is the only one to know. */
export interface Persons {
  /**
   * Whether there is such a person and they are active.
   *
   * @throws Unavailable when identity cannot be asked now.
   */
  exists(type: PersonType, id: string, signal: AbortSignal): Promise<boolean>;
}
