import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#TriggerDefinition */
export const triggerDefinitionSpec: TypeSpec = {
  name: 'TriggerDefinition',
  kind: 'Element',
  elements: {
    type: '1..1 Σ code(named-event | periodic | data-changed | data-added | data-modified | data-removed | data-accessed | data-access-ended)',
    name: '0..1 Σ string',
    'timing[x]': '0..1 Σ Timing | Reference(Schedule) | date | dateTime',
    data: '0..* Σ DataRequirement',
    condition: '0..1 Σ Expression',
  },
};
