import type { Resource } from '../src/index.ts';

const XHTML = 'http://www.w3.org/1999/xhtml';

/** Resources with what R4 allows and few expect: the schemas keep them, and HAPI's validator takes them. */
export const EXAMPLES: readonly Resource[] = [
  { resourceType: 'Patient', name: [{ text: 'Prince' }] },
  {
    resourceType: 'Patient',
    name: [{ given: ['Cher'] }, { family: 'Núñez y Ó’Brien-Ağaoğlu', use: 'old', period: { end: '2001' } }],
    birthDate: '1957-03',
    language: 'de-CH',
    telecom: [
      { system: 'fax', value: '+41 44 000 00 00', rank: 2 },
      { system: 'sms', value: '+41 79 000 00 00', use: 'old' },
      { system: 'pager', value: '17' },
      { system: 'url', value: 'https://example.org/cher' },
    ],
    address: [
      {
        use: 'temp',
        type: 'postal',
        line: ['Weg 1', 'Hof'],
        city: 'Chur',
        country: 'CH',
        text: 'Weg 1, Chur',
      },
    ],
    multipleBirthInteger: 2,
    deceasedDateTime: '2020-05-01T10:00:00+02:00',
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'de' }] }, preferred: true }],
    contact: [{ name: { text: 'Ana' }, telecom: [{ system: 'phone', value: '1' }], gender: 'unknown' }],
    link: [{ other: { reference: 'Patient/other' }, type: 'seealso' }],
  },
  {
    resourceType: 'Patient',
    text: { status: 'generated', div: `<div xmlns="${XHTML}"><p class="a">Ana <b>Núñez</b><br/></p></div>` },
    extension: [
      { url: 'http://example.org/a', extension: [{ url: 'b', valueAddress: { city: 'c' } }] },
      { url: 'http://example.org/q', valueQuantity: { value: 1.5, unit: 'h' } },
    ],
    _birthDate: { extension: [{ url: 'http://example.org/d', valueCode: 'unknown' }] },
    name: [
      {
        family: 'Berg',
        given: ['Ana', 'M.'],
        _given: [null, { extension: [{ url: 'http://example.org/e', valueString: 'f' }] }],
      },
    ],
    managingOrganization: { reference: '#o' },
    contained: [{ resourceType: 'Organization', id: 'o', name: 'Clinic' }],
  },
  {
    resourceType: 'RelatedPerson',
    patient: { reference: 'Patient/a' },
    relationship: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH' }] },
    ],
    name: [{ text: 'Maria' }],
  },
  {
    resourceType: 'Practitioner',
    identifier: [{ system: 'http://example.org/ids', value: 'a|b' }],
    name: [{ family: 'Weiss', prefix: ['Dr.'] }],
    qualification: [{ code: { text: 'MD' }, period: { start: '1999' } }],
  },
  {
    resourceType: 'PractitionerRole',
    practitioner: { reference: 'Practitioner/d' },
    availableTime: [{ daysOfWeek: ['mon'], availableStartTime: '08:00:00', availableEndTime: '17:00:00' }],
    notAvailable: [{ description: 'away', during: { start: '2026-12-24' } }],
  },
  { resourceType: 'Organization', name: 'Clinic', alias: ['The clinic'] },
  {
    resourceType: 'Location',
    name: 'Room 1',
    status: 'active',
    position: { longitude: 8.5, latitude: 47.4 },
    hoursOfOperation: [{ daysOfWeek: ['tue'], openingTime: '09:00:00' }],
  },
  {
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: 'Patient/a' },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type: 'deny',
      period: { start: '2026-01-01' },
      actor: [
        {
          role: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'PRCP' }],
          },
          reference: { reference: 'Practitioner/d' },
        },
      ],
      purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
      provision: [
        { type: 'permit', class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Appointment' }] },
      ],
    },
  },
  {
    resourceType: 'Schedule',
    actor: [{ reference: 'Practitioner/d' }],
    planningHorizon: { start: '2026-12-01T08:00:00Z', end: '2026-12-31T17:00:00Z' },
  },
  {
    resourceType: 'Slot',
    schedule: { reference: 'Schedule/s' },
    status: 'free',
    start: '2026-12-01T08:00:00Z',
    end: '2026-12-01T08:30:00.000+00:00',
  },
  {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-12-01T09:00:00Z',
    end: '2026-12-01T09:30:00Z',
    participant: [
      { actor: { reference: 'Patient/a' }, status: 'accepted' },
      { type: [{ text: 'interpreter' }], status: 'tentative', required: 'optional' },
    ],
  },
  {
    resourceType: 'AppointmentResponse',
    appointment: { reference: 'Appointment/v' },
    actor: { reference: 'Patient/a' },
    participantStatus: 'declined',
  },
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: { resourceType: 'Patient', name: [{ text: 'Prince' }] } },
      { name: 'count', valueInteger: 3 },
      { name: 'group', part: [{ name: 'onlyCertainMatches', valueBoolean: true }] },
    ],
  },
];
