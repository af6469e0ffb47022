import { keysetOf, toMongoFilter } from '@careplane/kit';
import type { MongoMap, ResourceDefinition, Stored } from '@careplane/kit';
import type { Collection, Filter } from 'mongodb';
import { z } from 'zod';

/** An Observation as the bench keeps it: what it is found by. */
export interface ObservationRecord {
  readonly _id: string;
  readonly patientId: string;
  readonly code: string;
}

const MAP: MongoMap = {
  fields: {
    _id: { as: 'code', paths: ['_id'] },
    patient: { as: 'reference', paths: ['patientId'], type: 'Patient' },
    code: { as: 'code', paths: ['code'] },
  },
  attributes: {
    id: [{ path: '_id' }],
    patient: [{ path: 'patientId' }],
    practitioner: 'none',
    organization: 'none',
    category: 'none',
    dataClass: 'none',
    author: 'none',
  },
};

/** Observations in a collection, with the kit's own search. */
export function observationDefinition(records: () => Collection<ObservationRecord>): ResourceDefinition {
  return {
    type: 'Observation',
    documentation: 'For the bench.',
    schema: z.looseObject({ resourceType: z.literal('Observation') }),
    attributes: ({ id, subject }) => ({
      ...(id === undefined ? {} : { id: [id] }),
      patient: [(subject as { reference: string }).reference.replace('Patient/', '')],
    }),
    searchParameters: {
      patient: { type: 'reference', documentation: 'The patient.', targets: ['Patient'], paths: ['subject'] },
      code: { type: 'token', documentation: 'What was observed.' },
    },
    store: {
      async read(id) {
        const found = await records().findOne({ _id: id });
        return found ? toFhir(found) : undefined;
      },
      async search(query) {
        const keyset = keysetOf(query, { _id: '_id' });
        const filter = { $and: [toMongoFilter(query, MAP), keyset.after] } as Filter<ObservationRecord>;
        const found = await records().find(filter, { sort: keyset.sort, limit: keyset.limit }).toArray();
        return keyset.page(found, toFhir);
      },
    },
  };
}

function toFhir({ _id: id, patientId, code }: ObservationRecord): Stored {
  return {
    resourceType: 'Observation',
    id,
    meta: { versionId: '1', lastUpdated: '2026-11-30T00:00:00.000Z' },
    status: 'final',
    code: { coding: [{ code }] },
    subject: { reference: `Patient/${patientId}` },
  };
}
