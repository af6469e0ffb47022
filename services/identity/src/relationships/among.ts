/** Which relations are looked for. */
export interface Among {
  /** To these patients; absent: to all. */
  readonly patients?: readonly string[];
  readonly limit?: number;
}

/** The part of a filter that names the patients. */
export function amongPatients(patients: readonly string[] | undefined): { patientId?: { $in: string[] } } {
  return patients ? { patientId: { $in: [...patients] } } : {};
}
