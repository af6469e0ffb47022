/** A FHIR CodeableConcept with one coding. */
export interface Concept {
  readonly coding: readonly { readonly system: string; readonly code: string }[];
}

/** A concept of a code system. */
export function concept(system: string, code: string): Concept {
  return { coding: [{ system, code }] };
}
