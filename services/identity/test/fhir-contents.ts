import { inHours, PRIVACY } from './access-scene.ts';

/** The least that a resource of each type that identity serves needs. */
export function fhirContents({
  patient,
  practitioner,
}: {
  readonly patient: string;
  readonly practitioner: string;
}): Readonly<Record<string, object>> {
  const reference = { reference: `Patient/${patient}` };
  const member = { reference: `Practitioner/${practitioner}` };
  return {
    Patient: {},
    RelatedPerson: { patient: reference },
    Practitioner: {},
    PractitionerRole: {},
    Organization: { name: 'A clinic' },
    Location: { name: 'A room' },
    Consent: { ...PRIVACY, patient: reference },
    CareTeam: { subject: reference, participant: [{ member, period: { end: inHours(1) } }] },
  };
}
