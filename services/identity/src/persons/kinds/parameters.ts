import { codeParameter, telecomParameter, textParameter, tokenParameter } from '@careplane/kit';
import type { BlindParameter } from '@careplane/kit';
import type { PersonType } from '../person-record.ts';

/** The search parameters that names, telecom and addresses have in every type. */
export function humanParameters(type: PersonType): Record<string, BlindParameter> {
  return {
    name: textParameter([`${type}.family`, `${type}.given`, `${type}.other`], {
      documentation: 'The beginning of any part of a name, in any spelling of accents and case.',
      sortable: true,
    }),
    family: textParameter([`${type}.family`], {
      documentation: 'The beginning of a family name.',
      definition: 'http://hl7.org/fhir/SearchParameter/individual-family',
      sortable: true,
    }),
    given: textParameter([`${type}.given`], {
      documentation: 'The beginning of a given name.',
      definition: 'http://hl7.org/fhir/SearchParameter/individual-given',
      sortable: true,
    }),
    gender: codeParameter(`${type}.gender`, 'The administrative gender.', 'individual-gender'),
    ...contactParameters(type),
    ...addressParameters(type),
  };
}

export function contactParameters(type: PersonType): Record<string, BlindParameter> {
  const domain = `${type}.telecom`;
  return {
    telecom: telecomParameter(domain, 'A number or an address of any kind.'),
    email: telecomParameter(domain, 'An e-mail address.', 'email'),
    phone: telecomParameter(domain, 'A phone number, however it is written.', 'phone'),
  };
}

export function addressParameters(type: PersonType): Record<string, BlindParameter> {
  const parameter = (part: string, what: string): BlindParameter =>
    textParameter([`${type}.${part}`], { documentation: `The beginning of a ${what}.` });
  return {
    'address-city': parameter('city', 'city'),
    'address-postalcode': parameter('postalcode', 'postal code'),
    'address-country': parameter('country', 'country'),
  };
}

export const identified = (type: PersonType): Record<string, BlindParameter> => ({
  identifier: tokenParameter(`${type}.identifier`, { documentation: 'An identifier, by system and value.' }),
});

export const active = (type: PersonType): Record<string, BlindParameter> => ({
  active: codeParameter(`${type}.active`, 'Whether the record is in use.'),
});

/** A reference parameter, by FHIR's name of its definition and the element that it follows. */
export const described = (
  name: string,
  documentation: string,
  path: string,
): { documentation: string; definition: string; paths: readonly string[] } => ({
  documentation,
  definition: `http://hl7.org/fhir/SearchParameter/${name}`,
  paths: [path],
});
