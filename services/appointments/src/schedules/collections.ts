import type { CollectionSpec } from '@careplane/kit';

export const scheduleCollections: readonly CollectionSpec[] = [
  {
    name: 'schedules',
    indexes: [
      { key: { practitionerId: 1, start: -1, _id: -1 }, name: 'practitioner_start' },
      { key: { start: -1, _id: -1 }, name: 'start' },
      { key: { 'identifiers.value': 1 }, name: 'identifier', sparse: true },
    ],
  },
];
