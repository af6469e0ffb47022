import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#ContactPoint */
export const contactPointSpec: TypeSpec = {
  name: 'ContactPoint',
  kind: 'Element',
  elements: {
    system: '0..1 Σ code(phone | fax | email | pager | url | sms | other)',
    value: '0..1 Σ string',
    use: '0..1 Σ code(home | work | temp | old | mobile)',
    rank: '0..1 Σ positiveInt',
    period: '0..1 Σ Period',
  },
  check({ system, _system, value }, fault) {
    if (value !== undefined && system === undefined && _system === undefined)
      fault(['system'], 'is needed with a value');
  },
};
