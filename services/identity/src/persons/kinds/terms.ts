import { dateTerms, identifierTerms, telecomTerm, textTerms } from '@careplane/kit';
import type { Resource, Term } from '@careplane/kit';
import {
  addressesIn,
  conceptsIn,
  identifiersIn,
  namesIn,
  nameTexts,
  referencedIds,
  telecomIn,
  textOf,
  textsIn,
} from '../elements.ts';
import type { AccessIds, PersonType } from '../person-record.ts';

/** Whoever sends more is found by the first ones. */
const MOST_INDEXED = 100;

export const nameTerms = (type: PersonType, resource: Resource): Term[] => {
  const texts = nameTexts(namesIn(resource));
  return (['family', 'given', 'other'] as const).flatMap((part) => textTerms(`${type}.${part}`, texts[part]));
};

export const titleTerms = (type: PersonType, resource: Resource): Term[] =>
  textTerms(`${type}.name`, [...textsIn(resource, 'name'), ...textsIn(resource, 'alias')]);

export const idTerms = (type: PersonType, resource: Resource): Term[] =>
  identifiersIn(resource)
    .slice(0, MOST_INDEXED)
    .flatMap(({ system, value }) =>
      value === undefined ? [] : identifierTerms(`${type}.identifier`, system, value),
    );

export const telecomTerms = (type: PersonType, resource: Resource): Term[] =>
  telecomIn(resource)
    .slice(0, MOST_INDEXED)
    .flatMap(({ system = 'other', value }): Term[] =>
      value === undefined ? [] : [telecomTerm(`${type}.telecom`, system, value)],
    );

export const addressTerms = (type: PersonType, resource: Resource): Term[] => {
  const addresses = addressesIn(resource);
  const texts = (part: 'city' | 'postalCode' | 'country'): string[] =>
    addresses.map((address) => address[part]).filter((text) => text !== undefined);
  return [
    ...textTerms(`${type}.city`, texts('city')),
    ...textTerms(`${type}.postalcode`, texts('postalCode')),
    ...textTerms(`${type}.country`, texts('country')),
  ];
};

export const codeTerms = (type: PersonType, resource: Resource, element: string): Term[] => {
  const value = resource[element];
  return typeof value === 'string' || typeof value === 'boolean'
    ? [[`${type}.${element}`, String(value)]]
    : [];
};

/** What humans of every type are found by; birth dates are only of some. */
export const humanTerms = (type: PersonType, resource: Resource): Term[] => [
  ...nameTerms(type, resource),
  ...idTerms(type, resource),
  ...telecomTerms(type, resource),
  ...addressTerms(type, resource),
  ...codeTerms(type, resource, 'gender'),
  ...codeTerms(type, resource, 'active'),
];

export const birthTerms = (type: PersonType, resource: Resource): Term[] => {
  const date = textOf(resource, 'birthDate');
  return date === undefined ? [] : dateTerms(`${type}.birthdate`, date);
};

export const referenceTerms = (
  domain: string,
  resource: Resource,
  from: { readonly element: string; readonly types: readonly string[] },
): Term[] =>
  from.types.flatMap((type) =>
    referencedIds(resource, from.element, type).map((id): Term => [domain, type, id]),
  );

export const codings = (type: PersonType, resource: Resource, element: string): Term[] =>
  conceptsIn(resource, element)
    .flatMap(({ coding = [] }) => coding)
    .flatMap(({ system, code }) =>
      code === undefined ? [] : identifierTerms(`${type}.${element}`, system, code),
    );

export const ids = (found: AccessIds): AccessIds =>
  Object.fromEntries(Object.entries(found).filter(([, list]) => (list as readonly string[]).length > 0));
