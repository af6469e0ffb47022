import { auditEventSchema, referenceOf } from '@careplane/kit';
import type { AuditEvent, ResourceDefinition } from '@careplane/kit';
import { isSecurityEvent, OWN_SYSTEM } from './codes.ts';
import { PARAMETERS } from './search.ts';
import type { EventStore } from './store.ts';

/** AuditEvents over FHIR R4, for `createFhirRouter`: nobody writes them through an API. */
export function auditEventDefinition(
  store: Pick<EventStore, 'read' | 'vread' | 'search'>,
): ResourceDefinition {
  return {
    type: 'AuditEvent',
    documentation:
      'Who did what to whose data, granted or denied. A patient sees all about themselves, a practitioner what their own account went through, compliance everything; it is written by the platform alone, and each read of it is an entry itself.',
    schema: auditEventSchema,
    attributes: (resource) => ({
      ...(resource.id === undefined ? {} : { id: [resource.id] }),
      patient: patientsOf(resource as AuditEvent),
      practitioner: ownersOf(resource as AuditEvent),
    }),
    searchParameters: PARAMETERS,
    store,
  };
}

const PATIENT_ROLE = '1';

/** Whose data it was: the entity in the role of the patient, not a Patient who was one of several resources. */
function patientsOf({ entity = [] }: AuditEvent): string[] {
  return entity
    .filter(({ role }) => role?.code === PATIENT_ROLE)
    .map(({ what }) => referenceOf(what?.reference))
    .filter((reference) => reference?.type === 'Patient')
    .map((reference) => reference?.id ?? '');
}

/** The practitioner whose account went through something. Who looks a practitioner up is not theirs to see. */
function ownersOf({ subtype = [], entity = [] }: AuditEvent): string[] {
  const isOwn = subtype.some(({ system, code = '' }) => system === OWN_SYSTEM && isSecurityEvent(code));
  if (!isOwn) return [];
  return entity
    .map(({ what }) => referenceOf(what?.reference))
    .flatMap((reference) => (reference?.type === 'Practitioner' ? [reference.id] : []));
}
