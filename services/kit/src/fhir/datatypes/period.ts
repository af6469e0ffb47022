import { endsBefore } from '../schema/checks.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Period */
export const periodSpec: TypeSpec = {
  name: 'Period',
  kind: 'Element',
  elements: {
    start: '0..1 Σ dateTime',
    end: '0..1 Σ dateTime',
  },
  check({ start, end }, fault) {
    if (endsBefore(start, end)) fault(['end'], 'must not be before the start');
  },
};
