import { ALL } from '@careplane/access';
import type { Stored } from '@careplane/kit';
import type { PatientChoice, PatientDirectory } from '../oidc/patients-of.ts';
import type { HumanName } from './elements.ts';
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
    async byNumber(text): Promise<PatientChoice[]> {
      const byId = await byIds([text]);
      if (byId.length > 0) return byId;
      const filters = [{ name: 'identifier', values: [{ type: 'token', code: text }] }] as const;
      const query = { filters, constraint: ALL, sort: [], count: 2, wantsTotal: false };
      return (await store.search(query)).resources.map(choiceOf);
    },
  };
}

function choiceOf({ id, name }: Stored): PatientChoice {
  const [first] = (name ?? []) as readonly HumanName[];
  const label = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim();
  return { id, label: label === '' ? id : label };
}
