import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Extension */
export const extensionSpec: TypeSpec = {
  name: 'Extension',
  kind: 'Element',
  elements: {
    url: '1..1 uri',
    'value[x]': '0..1 *',
  },
  check(value, fault) {
    const hasValue = Object.keys(value).some((key) => /^_?value/.test(key) && value[key] !== undefined);
    if (hasValue === (value['extension'] !== undefined)) fault([], 'an extension has a value or extensions');
  },
};
