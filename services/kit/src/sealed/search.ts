import { ATTRIBUTES } from '@careplane/access';
import type { Attributes } from '@careplane/access';
import type { Document, Filter } from 'mongodb';
import { valuesAt } from '../fhir/references.ts';
import type { AttributeMap } from '../fhir/search/constraint-to-mongo.ts';
import type { SearchFilter } from '../fhir/search.ts';
import type { SortPaths } from '../fhir/search/keyset.ts';
import type { MongoMap, SearchField } from '../fhir/search/to-mongo.ts';
import { Unprocessable } from '../http/errors.ts';
import type { BlindIndex, Term } from '../protection/blind-index.ts';
import type { BlindParameter } from './blind-parameters.ts';
import type { SealedKind } from './kind.ts';

type Searched = Pick<SealedKind<object>, 'fields' | 'blind' | 'sort' | 'attributes'>;

/** Each term costs a digest and a look into the index; a range of dates has up to 150. */
const MOST_TERMS = 1_000;

/** The query of a search over encrypted fields. @throws Unprocessable when it asks for too many values */
export function blindQuery(
  index: BlindIndex,
  parameter: Pick<BlindParameter, 'terms'>,
  { values, modifier }: Pick<SearchFilter, 'values' | 'modifier'>,
): Filter<Document> {
  const terms: Term[] = [];
  for (const value of values) {
    terms.push(...parameter.terms(value, modifier));
    if (terms.length > MOST_TERMS) throw new Unprocessable('The search asks for too many values at once');
  }
  return { tokens: { $in: index.lookup(terms) } };
}

/** Where sealed records keep what is searched and what decisions look at. */
export function sealedMap(kind: Searched, index: BlindIndex): MongoMap {
  const blind = Object.entries(kind.blind ?? {}).map(([name, parameter]): [string, SearchField] => [
    name,
    { as: 'own', filter: (filter) => blindQuery(index, parameter, filter) },
  ]);
  return {
    attributes: attributeMap(kind),
    fields: {
      _id: { as: 'code', paths: ['_id'] },
      _lastUpdated: { as: 'instant', paths: ['updatedAt'] },
      patient: { as: 'reference', paths: ['patientId'], type: 'Patient' },
      ...kind.fields,
      ...Object.fromEntries(blind),
    },
  };
}

/** What sealed records are sorted by. */
export function sealedSort({ sort }: Searched): SortPaths {
  return { _id: '_id', _lastUpdated: 'updatedAt', patient: 'patientId', ...sort };
}

/** What decisions look at, as far as the readable part of a record tells. */
export function attributesIn(record: object, map: AttributeMap): Attributes {
  const found = ATTRIBUTES.map((name): [string, string[]] => {
    const paths = map[name];
    const values = paths === 'none' ? [] : paths.flatMap(({ path }) => valuesAt(record, path));
    return [name, values.filter((value) => typeof value === 'string')];
  });
  return Object.fromEntries(found.filter(([, values]) => values.length > 0));
}

function attributeMap({ attributes = {} }: Searched): AttributeMap {
  const at = (paths: readonly string[] | undefined): AttributeMap['id'] =>
    paths?.map((path) => ({ path })) ?? 'none';
  return {
    id: at(['id']),
    patient: at(['patientId']),
    dataClass: at(['dataClasses']),
    practitioner: at(attributes.practitioner),
    organization: at(attributes.organization),
    category: at(attributes.category),
    author: at(attributes.author),
  };
}
