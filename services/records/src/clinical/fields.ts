import { exactTerm, startsWithTerms, tokenTerm, Unprocessable } from '@careplane/kit';
import type { BlindIndex, MongoMap, SearchFilter, SearchValue, Term } from '@careplane/kit';
import type { ClinicalKind, Parameter } from './kind.ts';
import { domainOf, presenceOf } from './terms.ts';

/** Each costs a digest and a look into the index. */
const MOST_TERMS = 200;

type Field = MongoMap['fields'][string];

/** How the documents of a type are searched. */
export function fieldsOf({ type, parameters }: ClinicalKind, index: BlindIndex): MongoMap['fields'] {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, fieldOf(type, name, { parameter, index })]),
  );
}

function fieldOf(
  type: string,
  name: string,
  { parameter, index }: { readonly parameter: Parameter; readonly index: BlindIndex },
): Field {
  if (parameter.form === 'stored') return { as: 'reference', paths: ['patientId'], type: 'Patient' };
  if (parameter.form === 'date') return { as: 'interval', paths: [datePath(name)] };
  return { as: 'own', filter: (filter) => tokenFilter(domainOf(type, name), filter, index) };
}

/** Where documents keep the interval of a date parameter. */
export function datePath(name: string): string {
  return `facts.dates.${name}`;
}

function tokenFilter(
  domain: string,
  { modifier, values }: SearchFilter,
  index: BlindIndex,
): Record<string, unknown> {
  const terms = modifier === 'missing' ? [presenceOf(domain)] : values.flatMap(termsFor(domain, modifier));
  if (terms.length > MOST_TERMS) throw new Unprocessable('The search asks for too many values at once');
  const has = { tokens: { $in: index.lookup(terms) } };
  const isNegated = modifier === 'not' || (modifier === 'missing' && isTrue(values));
  return isNegated ? { $nor: [has] } : has;
}

function isTrue([value]: readonly SearchValue[]): boolean {
  return value?.type === 'token' && value.code === 'true';
}

function termsFor(domain: string, modifier: string | undefined): (value: SearchValue) => Term[] {
  return (value) => {
    switch (value.type) {
      case 'token':
        return [tokenTerm(domain, value)];
      case 'reference':
        return value.target === undefined
          ? [[domain, 'id', value.id]]
          : [[domain, 'reference', value.target, value.id]];
      case 'string':
        return modifier === 'exact' ? [exactTerm(domain, value.value)] : startsWithTerms(domain, value.value);
      default:
        return [];
    }
  };
}
