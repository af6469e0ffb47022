import { concept } from '../fhir.ts';
import type { Concept } from '../fhir.ts';
import type { CancellationReason } from './records.ts';

const SNOMED = 'http://snomed.info/sct';
export const CANCELLATION = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

/** The FHIR form of a reason why a visit was cancelled. */
export function cancelationReason(reason: CancellationReason): Concept {
  return concept(CANCELLATION, reason);
}

/** The FHIR form of the reason of a visit. */
export function visitReason(code: string): Concept {
  return concept(SNOMED, code);
}
