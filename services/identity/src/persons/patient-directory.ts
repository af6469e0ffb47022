import type { Constraint } from '@careplane/access';
import type { SearchQuery, Stored } from '@careplane/kit';
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
    async byNumber(text, constraint): Promise<PatientChoice[]> {
      const byId = await found(store, { name: '_id', text, constraint });
      return byId.length > 0 ? byId : found(store, { name: 'identifier', text, constraint });
    },
  };
}

async function found(
  store: Pick<ReturnType<Persons['of']>, 'search'>,
  { name, text, constraint }: { name: string; text: string; constraint: Constraint },
): Promise<PatientChoice[]> {
  const filters: SearchQuery['filters'] = [{ name, values: [{ type: 'token', code: text }] }];
  const page = await store.search({ filters, constraint, sort: [], count: 2, wantsTotal: false });
  return page.resources.map(choiceOf);
}

function choiceOf({ id, name }: Stored): PatientChoice {
  const [first] = (name ?? []) as readonly HumanName[];
  const label = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim();
  return { id, label: label === '' ? id : label };
}
