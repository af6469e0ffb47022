/** A resource of each type that identity has beside Patient and Practitioner, about those two. */
export function identityContents(
  ids: Readonly<Record<string, string>>,
): ({ readonly resourceType: string } & Record<string, unknown>)[] {
  const patient = { reference: `Patient/${ids['Patient'] ?? ''}` };
  const practitioner = { reference: `Practitioner/${ids['Practitioner'] ?? ''}` };
  return [
    { resourceType: 'RelatedPerson', patient },
    { resourceType: 'PractitionerRole', practitioner },
    { resourceType: 'Organization', name: 'A clinic' },
    { resourceType: 'Location', name: 'A room' },
    {
      resourceType: 'Consent',
      patient,
      status: 'active',
      scope: { coding: [{ code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      policyRule: { coding: [{ code: 'OPTOUT' }] },
    },
    {
      resourceType: 'CareTeam',
      subject: patient,
      participant: [{ member: practitioner, period: { end: '2099-12-31' } }],
    },
  ];
}
