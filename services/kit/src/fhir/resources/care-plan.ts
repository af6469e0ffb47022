import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/careplan.html */
export const carePlanSpec: TypeSpec = {
  name: 'CarePlan',
  kind: 'DomainResource',
  elements: {
    identifier: '0..* Σ Identifier',
    instantiatesCanonical: '0..* Σ canonical',
    instantiatesUri: '0..* Σ uri',
    basedOn: '0..* Σ Reference(CarePlan)',
    replaces: '0..* Σ Reference(CarePlan)',
    partOf: '0..* Σ Reference(CarePlan)',
    status: '1..1 Σ code(draft | active | on-hold | revoked | completed | entered-in-error | unknown)',
    intent: '1..1 Σ code(proposal | plan | order | option)',
    category: '0..* Σ CodeableConcept',
    title: '0..1 Σ string',
    description: '0..1 Σ string',
    subject: '1..1 Σ Reference(Patient | Group)',
    encounter: '0..1 Σ Reference(Encounter)',
    period: '0..1 Σ Period',
    created: '0..1 Σ dateTime',
    author:
      '0..1 Σ Reference(Patient | Practitioner | PractitionerRole | Device | RelatedPerson | Organization | CareTeam)',
    contributor:
      '0..* Reference(Patient | Practitioner | PractitionerRole | Device | RelatedPerson | Organization | CareTeam)',
    careTeam: '0..* Reference(CareTeam)',
    addresses: '0..* Σ Reference(Condition)',
    supportingInfo: '0..* Reference',
    goal: '0..* Reference(Goal)',
    activity: {
      is: '0..*',
      of: {
        outcomeCodeableConcept: '0..* CodeableConcept',
        outcomeReference: '0..* Reference',
        progress: '0..* Annotation',
        reference:
          '0..1 Reference(Appointment | CommunicationRequest | DeviceRequest | MedicationRequest | NutritionOrder | Task | ServiceRequest | VisionPrescription | RequestGroup)',
        detail: {
          is: '0..1',
          of: {
            kind: '0..1 code(Appointment | CommunicationRequest | DeviceRequest | MedicationRequest | NutritionOrder | Task | ServiceRequest | VisionPrescription)',
            instantiatesCanonical: '0..* canonical',
            instantiatesUri: '0..* uri',
            code: '0..1 CodeableConcept',
            reasonCode: '0..* CodeableConcept',
            reasonReference: '0..* Reference(Condition | Observation | DiagnosticReport | DocumentReference)',
            goal: '0..* Reference(Goal)',
            status:
              '1..1 code(not-started | scheduled | in-progress | on-hold | completed | cancelled | stopped | unknown | entered-in-error)',
            statusReason: '0..1 CodeableConcept',
            doNotPerform: '0..1 boolean',
            'scheduled[x]': '0..1 Timing | Period | string',
            location: '0..1 Reference(Location)',
            performer:
              '0..* Reference(Practitioner | PractitionerRole | Organization | RelatedPerson | Patient | CareTeam | HealthcareService | Device)',
            'product[x]': '0..1 CodeableConcept | Reference(Medication | Substance)',
            dailyAmount: '0..1 Quantity',
            quantity: '0..1 Quantity',
            description: '0..1 string',
          },
        },
      },
      check({ detail, reference }, fault) {
        if (detail !== undefined && reference !== undefined) fault([], 'a reference or a detail, not both');
      },
    },
    note: '0..* Annotation',
  },
};
