import { referenceParameter, tokenParameter, codeParameter, textParameter } from '@careplane/kit';
import { referencedIds } from '../elements.ts';
import { CLINIC } from './kind.ts';
import type { PersonKind } from './kind.ts';
import { active, addressParameters, described, identified } from './parameters.ts';
import {
  addressTerms,
  codeTerms,
  codings,
  ids,
  idTerms,
  referenceTerms,
  telecomTerms,
  titleTerms,
} from './terms.ts';

export const place = (
  type: 'Organization' | 'Location',
  parent: { readonly element: string; readonly documentation: string },
): PersonKind => {
  const parameter = type === 'Organization' ? 'partof' : 'organization';
  return {
    type,
    documentation: type === 'Organization' ? 'A clinic, a department, a company.' : 'A place of care.',
    subjectOf: () => CLINIC,
    access: (resource) => ids({ organization: referencedIds(resource, parent.element, 'Organization') }),
    terms: (resource) => [
      ...titleTerms(type, resource),
      ...idTerms(type, resource),
      ...telecomTerms(type, resource),
      ...addressTerms(type, resource),
      ...codeTerms(type, resource, 'active'),
      ...codeTerms(type, resource, 'status'),
      ...codings(type, resource, 'type'),
      ...referenceTerms(`${type}.${parameter}`, resource, {
        element: parent.element,
        types: ['Organization'],
      }),
    ],
    parameters: {
      ...identified(type),
      ...addressParameters(type),
      ...(type === 'Organization'
        ? active(type)
        : { status: codeParameter('Location.status', 'Whether it is in use.', 'Location-status') }),
      name: textParameter([`${type}.name`], {
        documentation: 'The beginning of the name or of an alias.',
        sortable: true,
      }),
      type: tokenParameter(`${type}.type`, { documentation: 'The kind.', selectivity: 1 }),
      [parameter]: referenceParameter(
        `${type}.${parameter}`,
        ['Organization'],
        described(`${type}-${parameter}`, parent.documentation, parent.element),
      ),
    },
  };
};
