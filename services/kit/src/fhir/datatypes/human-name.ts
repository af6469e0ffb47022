import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#HumanName */
export const humanNameSpec: TypeSpec = {
  name: 'HumanName',
  kind: 'Element',
  elements: {
    use: '0..1 Σ code(usual | official | temp | nickname | anonymous | old | maiden)',
    text: '0..1 Σ name',
    family: '0..1 Σ name',
    given: '0..* Σ name',
    prefix: '0..* Σ name',
    suffix: '0..* Σ name',
    period: '0..1 Σ Period',
  },
  check(value, fault) {
    const parts = Object.keys(value).filter(
      (key) => !['id', 'use', 'period'].includes(key) && value[key] !== undefined,
    );
    if (parts.length === 0) fault([], 'a name needs a part or a text');
  },
};
