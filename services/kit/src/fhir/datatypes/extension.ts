import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Extension */
export const extensionSpec: TypeSpec = {
  name: 'Extension',
  kind: 'Element',
  elements: {
    url: '1..1 uri',
    'value[x]': '0..1 *',
  },
  check({ url: _url, id: _id, extension, ...values }, fault) {
    const hasValue = Object.values(values).some((value) => value !== undefined);
    if (hasValue === (extension !== undefined)) fault([], 'an extension has a value or extensions');
  },
};
