import { randomUUID } from 'node:crypto';
import type { DocumentPlace } from './record.ts';

/** The place of a new content, with its id: that of the FHIR Binary, and of the upload. It never changes, so there is one version of it. */
export function newPlace(patient: string): DocumentPlace & { readonly id: string } {
  const id = randomUUID();
  return { id, patient, document: `Binary/${id}`, version: 1 };
}
