import { chosenOf } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

interface Coded {
  readonly code?: { readonly coding?: readonly { readonly system?: string; readonly code?: string }[] };
}

const codesOf = ({ code }: Coded): string[] =>
  (code?.coding ?? []).map((one) => JSON.stringify([one.system, one.code]));

/** https://hl7.org/fhir/R4/observation.html */
export const observationSpec: TypeSpec = {
  name: 'Observation',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    basedOn:
      '0..* Σ Reference(CarePlan | DeviceRequest | ImmunizationRecommendation | MedicationRequest | NutritionOrder | ServiceRequest)',
    partOf:
      '0..* Σ Reference(MedicationAdministration | MedicationDispense | MedicationStatement | Procedure | Immunization | ImagingStudy)',
    status:
      '1..1 Σ code(registered | preliminary | final | amended | corrected | cancelled | entered-in-error | unknown)',
    category: '0..* CodeableConcept',
    code: '1..1 Σ CodeableConcept',
    subject: '0..1 Σ Reference(Patient | Group | Device | Location)',
    focus: '0..* Σ Reference',
    encounter: '0..1 Σ Reference(Encounter)',
    'effective[x]': '0..1 Σ dateTime | Period | Timing | instant',
    issued: '0..1 Σ instant',
    performer:
      '0..* Σ Reference(Practitioner | PractitionerRole | Organization | CareTeam | Patient | RelatedPerson)',
    'value[x]':
      '0..1 Σ Quantity | CodeableConcept | string | boolean | integer | Range | Ratio | SampledData | time | dateTime | Period',
    dataAbsentReason: '0..1 CodeableConcept',
    interpretation: '0..* CodeableConcept',
    note: '0..* Annotation',
    bodySite: '0..1 CodeableConcept',
    method: '0..1 CodeableConcept',
    specimen: '0..1 Reference(Specimen)',
    device: '0..1 Reference(Device | DeviceMetric)',
    referenceRange: {
      is: '0..*',
      of: {
        low: '0..1 Quantity',
        high: '0..1 Quantity',
        type: '0..1 CodeableConcept',
        appliesTo: '0..* CodeableConcept',
        age: '0..1 Range',
        text: '0..1 string',
      },
      check({ low, high, text }, fault) {
        if ([low, high, text].every((one) => one === undefined))
          fault([], 'a low, a high or a text is needed');
      },
    },
    hasMember: '0..* Σ Reference(Observation | QuestionnaireResponse | MolecularSequence)',
    derivedFrom:
      '0..* Σ Reference(DocumentReference | ImagingStudy | Media | QuestionnaireResponse | Observation | MolecularSequence)',
    component: {
      is: '0..* Σ',
      of: {
        code: '1..1 Σ CodeableConcept',
        'value[x]':
          '0..1 Σ Quantity | CodeableConcept | string | boolean | integer | Range | Ratio | SampledData | time | dateTime | Period',
        dataAbsentReason: '0..1 CodeableConcept',
        interpretation: '0..* CodeableConcept',
        referenceRange: '0..* #referenceRange',
      },
    },
  },
  check(value, fault) {
    const given = chosenOf(value, 'value');
    if (value['dataAbsentReason'] !== undefined && given !== undefined)
      fault(['dataAbsentReason'], 'is only for an observation without a value');
    const components = (value['component'] ?? []) as readonly Coded[];
    const own = codesOf(value);
    if (given !== undefined && components.some((one) => codesOf(one).some((code) => own.includes(code))))
      fault([given], 'stands in the component with the same code');
  },
};
