import type { Document, Filter } from 'mongodb';
import type { MongoMap, SearchFilter } from '../kit-fhir.ts';
import { APPOINTMENT_ATTRIBUTES } from '../search/attributes.ts';
import { minuteFilter } from '../search/minutes.ts';

const ACTORS: Readonly<Record<string, string>> = { Patient: 'patientId', Practitioner: 'practitionerId' };

/** Where appointments keep what they are searched by. */
export const APPOINTMENT_SEARCH: MongoMap = {
  fields: {
    _id: { as: 'code', paths: ['_id'] },
    _lastUpdated: { as: 'instant', paths: ['updated'] },
    patient: { as: 'reference', paths: ['patientId'], type: 'Patient' },
    practitioner: { as: 'reference', paths: ['practitionerId'], type: 'Practitioner' },
    actor: { as: 'own', filter: actorFilter },
    date: { as: 'own', filter: minuteFilter('start') },
    status: { as: 'code', paths: ['status'], system: 'http://hl7.org/fhir/appointmentstatus' },
    identifier: { as: 'identifier', paths: ['identifiers'] },
  },
  attributes: APPOINTMENT_ATTRIBUTES,
};

function actorFilter({ values }: SearchFilter): Filter<Document> {
  const conditions = values.flatMap((value) => {
    if (value.type !== 'reference') return [];
    return Object.entries(ACTORS)
      .filter(([type]) => value.target === undefined || value.target === type)
      .map(([, path]) => ({ [path]: value.id }));
  });
  return conditions.length === 0 ? { _id: { $in: [] } } : { $or: conditions };
}
