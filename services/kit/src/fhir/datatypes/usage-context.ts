import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#UsageContext */
export const usageContextSpec: TypeSpec = {
  name: 'UsageContext',
  kind: 'Element',
  elements: {
    code: '1..1 Σ Coding',
    'value[x]':
      '1..1 Σ CodeableConcept | Quantity | Range | Reference(PlanDefinition | ResearchStudy | InsurancePlan | HealthcareService | Group | Location | Organization)',
  },
};
