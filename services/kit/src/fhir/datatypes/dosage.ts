import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Dosage */
export const dosageSpec: TypeSpec = {
  name: 'Dosage',
  kind: 'BackboneElement',
  elements: {
    sequence: '0..1 Σ integer',
    text: '0..1 Σ string',
    additionalInstruction: '0..* Σ CodeableConcept',
    patientInstruction: '0..1 Σ string',
    timing: '0..1 Σ Timing',
    'asNeeded[x]': '0..1 Σ boolean | CodeableConcept',
    site: '0..1 Σ CodeableConcept',
    route: '0..1 Σ CodeableConcept',
    method: '0..1 Σ CodeableConcept',
    doseAndRate: {
      is: '0..* Σ',
      of: {
        type: '0..1 Σ CodeableConcept',
        'dose[x]': '0..1 Σ Range | Quantity',
        'rate[x]': '0..1 Σ Ratio | Range | Quantity',
      },
    },
    maxDosePerPeriod: '0..1 Σ Ratio',
    maxDosePerAdministration: '0..1 Σ Quantity',
    maxDosePerLifetime: '0..1 Σ Quantity',
  },
};
