/** A Consent by which a patient keeps a practitioner out (hl7.org/fhir/R4/consent.html). */
export function withdrawalOf(patientId: string, practitionerId: string): object {
  const coding = (system: string, code: string): object => ({ coding: [{ system, code }] });
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coding('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patientId}` },
    dateTime: new Date().toISOString(),
    policyRule: coding('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    provision: {
      type: 'deny',
      actor: [
        {
          role: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP'),
          reference: { reference: `Practitioner/${practitionerId}` },
        },
      ],
    },
  };
}
