import type { PatientRecord, PractitionerRecord } from '../store.ts';

/** A FHIR R4 resource as it is answered. */
export type Resource = { readonly resourceType: string; readonly id: string } & Readonly<
  Record<string, unknown>
>;

/** The FHIR R4 Patient of a record. */
export function patientResource(record: PatientRecord): Resource {
  return { resourceType: 'Patient', ...shared(record), birthDate: record.birthDate };
}

/** The FHIR R4 Practitioner of a record. */
export function practitionerResource(record: PractitionerRecord): Resource {
  const { qualification } = record;
  return {
    resourceType: 'Practitioner',
    ...shared(record),
    ...(qualification.length > 0 ? { qualification } : {}),
  };
}

function shared(record: PatientRecord | PractitionerRecord): { id: string } & Record<string, unknown> {
  return {
    id: record._id,
    meta: { versionId: String(record.version), lastUpdated: record.updatedAt.toISOString() },
    ...(record.identifier.length > 0 ? { identifier: record.identifier } : {}),
    active: true,
    name: record.name,
    ...(record.telecom.length > 0 ? { telecom: record.telecom } : {}),
    ...(record.gender === undefined ? {} : { gender: record.gender }),
  };
}
