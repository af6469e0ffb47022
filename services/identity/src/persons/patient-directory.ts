import { ALL } from '@careplane/access';
import { MOST_PATIENTS } from '@careplane/kit';
import type { Stored } from '@careplane/kit';
import type { PatientChoice, PatientDirectory, PatientFound } from '../oidc/patients-of.ts';
import { attributesOf } from './attributes.ts';
import { displayName } from './display-name.ts';
import type { PersonStore } from './person-store.ts';
import type { Persons } from './persons.ts';

/** Patients for the choice of a launch context. It shows names to whoever may choose: who that is, the caller decides. */
export function patientDirectory(persons: Persons): PatientDirectory {
  const store = persons.of('Patient');
  const byIds: PatientDirectory['byIds'] = async (ids) => {
    const found = await Promise.all(ids.map((id) => store.read(id)));
    return found.filter((patient) => patient !== undefined).map(choiceOf);
  };
  return {
    byIds,
    async byNumber(text): Promise<PatientFound[]> {
      const byId = await found(store, '_id', text);
      const byIdentifier = await found(store, 'identifier', text);
      const all = new Map([...byId, ...byIdentifier].map((patient) => [patient.id, patient]));
      if (all.size > MOST_PATIENTS) return [];
      return [...all.values()].map((patient) => ({
        ...choiceOf(patient),
        attributes: attributesOf(store.kind, patient),
      }));
    },
  };
}

async function found(store: PersonStore, name: string, text: string): Promise<readonly Stored[]> {
  const filters = [{ name, values: [{ type: 'token' as const, code: text }] }];
  const page = await store.search({
    filters,
    constraint: ALL,
    sort: [],
    count: MOST_PATIENTS + 1,
    wantsTotal: false,
  });
  return page.resources;
}

function choiceOf(patient: Stored): PatientChoice {
  return { id: patient.id, label: displayName(patient) ?? patient.id };
}
