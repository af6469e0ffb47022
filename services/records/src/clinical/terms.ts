import { identifierTerms, textTerms } from '@careplane/kit';
import type { Resource, Term } from '@careplane/kit';
import { codesAt, identifiersAt, literalsAt, textsAt } from './elements.ts';
import type { ClinicalKind, Form, Parameter } from './kind.ts';

/** Of one parameter of one resource; who sends more is found by the first ones. */
const MOST_VALUES = 200;

/** Under what a resource is found: the terms of each parameter, and for each that has a value one that says so. */
export function termsOf({ type, parameters }: ClinicalKind, resource: Resource): Term[] {
  return Object.entries(parameters).flatMap(([name, { form, paths }]) => {
    const domain = domainOf(type, name);
    const terms = TERMS[form](domain, resource, paths);
    return terms.length === 0 ? [] : [...terms, presenceOf(domain)];
  });
}

/** What the terms of a parameter begin with. */
export function domainOf(type: string, name: string): string {
  return `${type}.${name}`;
}

/** That a parameter has a value. */
export function presenceOf(domain: string): Term {
  return [domain, 'present'];
}

type MakeTerms = (domain: string, resource: Resource, paths: Parameter['paths']) => Term[];

const none: MakeTerms = () => [];

const TERMS: Readonly<Record<Form, MakeTerms>> = {
  code: (domain, resource, paths) =>
    codesAt(resource, paths)
      .slice(0, MOST_VALUES)
      .flatMap(({ system, code }) => (code === undefined ? [] : identifierTerms(domain, system, code))),
  identifier: (domain, resource, paths) =>
    identifiersAt(resource, paths)
      .slice(0, MOST_VALUES)
      .flatMap(({ system, value }) => identifierTerms(domain, system, value)),
  reference: (domain, resource, paths) =>
    literalsAt(resource, paths)
      .slice(0, MOST_VALUES)
      .flatMap(({ type, id }): Term[] => [
        [domain, 'id', id],
        [domain, 'reference', type, id],
      ]),
  text: (domain, resource, paths) => textTerms(domain, textsAt(resource, paths)),
  date: none,
  stored: none,
};
