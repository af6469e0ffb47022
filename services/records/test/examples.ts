import type { Resource } from '@careplane/kit';

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const HL7 = 'http://terminology.hl7.org/CodeSystem';

const concept = (system: string, code: string, text?: string): object => ({
  coding: [{ system, code }],
  ...(text === undefined ? {} : { text }),
});

/** A text that stands in each example and must be found in no database. */
export const SECRET = 'Quorvinax';

/** One resource of each clinical type about a patient. */
export function exampleOf(type: string, patientId: string): Resource {
  const example = EXAMPLES[type];
  if (!example) throw new Error(`no example of ${type}`);
  const element = type === 'AllergyIntolerance' || type === 'Immunization' ? 'patient' : 'subject';
  return {
    resourceType: type,
    ...example,
    [element]: { reference: `Patient/${patientId}`, display: SECRET },
  };
}

const EXAMPLES: Readonly<Record<string, object>> = {
  AllergyIntolerance: {
    clinicalStatus: concept(`${HL7}/allergyintolerance-clinical`, 'active'),
    category: ['food'],
    code: concept(SNOMED, '762952008', `Peanut ${SECRET}`),
    recordedDate: '2019-04-02',
    reaction: [{ manifestation: [concept(SNOMED, '271807003')], severity: 'mild' }],
  },
  CarePlan: {
    status: 'active',
    intent: 'plan',
    title: SECRET,
    category: [concept('http://hl7.org/fhir/us/core/CodeSystem/careplan-category', 'assess-plan')],
    period: { start: '2024-05-01' },
    activity: [{ detail: { code: concept(SNOMED, '91251008'), status: 'in-progress' } }],
  },
  Condition: {
    clinicalStatus: concept(`${HL7}/condition-clinical`, 'active'),
    verificationStatus: concept(`${HL7}/condition-ver-status`, 'confirmed'),
    category: [concept(`${HL7}/condition-category`, 'encounter-diagnosis')],
    code: concept(SNOMED, '82423001', `Chronic pain ${SECRET}`),
    onsetDateTime: '2016-04-03T10:19:03+00:00',
    recordedDate: '2016-04-03T10:19:03+00:00',
  },
  DiagnosticReport: {
    status: 'final',
    category: [concept(LOINC, '34117-2')],
    code: concept(LOINC, '34117-2'),
    effectiveDateTime: '2016-04-03T10:19:03+00:00',
    issued: '2016-04-03T10:19:03.613+00:00',
    conclusion: SECRET,
  },
  DocumentReference: {
    status: 'current',
    type: concept(LOINC, '34117-2'),
    description: `Note ${SECRET}`,
    date: '2016-04-03T10:19:03.613+00:00',
    content: [
      { attachment: { contentType: 'text/plain', data: Buffer.from(`About ${SECRET}`).toString('base64') } },
    ],
  },
  Encounter: {
    status: 'finished',
    class: { system: `${HL7}/v3-ActCode`, code: 'AMB' },
    type: [concept(SNOMED, '185347001', SECRET)],
    period: { start: '2016-04-03T10:19:03+00:00', end: '2016-04-03T10:34:03+00:00' },
  },
  Immunization: {
    status: 'completed',
    vaccineCode: concept('http://hl7.org/fhir/sid/cvx', '140', SECRET),
    occurrenceDateTime: '2024-06-07T10:19:03+00:00',
    lotNumber: SECRET,
  },
  MedicationRequest: {
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: concept('http://www.nlm.nih.gov/research/umls/rxnorm', '1049504', SECRET),
    authoredOn: '2023-06-02T10:19:03+00:00',
    dosageInstruction: [{ sequence: 1, text: SECRET, asNeededBoolean: false }],
  },
  Observation: {
    status: 'final',
    category: [concept(`${HL7}/observation-category`, 'vital-signs')],
    code: concept(LOINC, '8302-2', `Body height ${SECRET}`),
    effectiveDateTime: '2024-06-07T10:19:03+00:00',
    valueQuantity: { value: 176.7, unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' },
  },
  Procedure: {
    status: 'completed',
    code: concept(SNOMED, '430193006', SECRET),
    performedPeriod: { start: '2024-06-07T10:19:03+00:00', end: '2024-06-07T10:34:03+00:00' },
  },
};
