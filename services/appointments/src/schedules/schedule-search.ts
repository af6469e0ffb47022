import type { Document, Filter } from 'mongodb';
import type { MongoMap, SearchFilter } from '../kit-fhir.ts';
import { SCHEDULE_ATTRIBUTES } from '../search/attributes.ts';
import { spanFilter } from '../search/minutes.ts';
import { codesOf } from '../search/tokens.ts';

/** Where schedules keep what they are searched by. */
export const SCHEDULE_SEARCH: MongoMap = {
  fields: {
    _id: { as: 'code', paths: ['_id'] },
    _lastUpdated: { as: 'instant', paths: ['updated'] },
    active: { as: 'own', filter: activeFilter },
    actor: { as: 'reference', paths: ['practitionerId'], type: 'Practitioner' },
    date: { as: 'own', filter: spanFilter({ start: 'start', end: 'end' }) },
    identifier: { as: 'identifier', paths: ['identifiers'] },
  },
  attributes: SCHEDULE_ATTRIBUTES,
};

/** One that was made without FHIR says nothing, and is active. */
function activeFilter(filter: SearchFilter): Filter<Document> {
  const wanted = new Set(codesOf(filter, 'http://hl7.org/fhir/special-values'));
  if (wanted.has('true')) return wanted.has('false') ? {} : { active: { $ne: false } };
  return wanted.has('false') ? { active: false } : { _id: { $in: [] } };
}
