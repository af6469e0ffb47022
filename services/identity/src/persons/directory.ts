import { ALL } from '@careplane/access';
import type { Stored } from '@careplane/kit';
import { displayName } from './display-name.ts';
import { referencedIds } from './elements.ts';
import type { Persons } from './persons.ts';

/** A practitioner as patients know them: no log-in address, no number. */
export interface ListedPractitioner {
  readonly name: string;
  /** For whom they work, by name. */
  readonly organizations: readonly string[];
}

/** Roles that are looked at for all that are asked for together. */
const MOST_ROLES = 500;

/** The names of practitioners, by id; whoever has none is left out. Names of staff are shown to all who see what staff did. */
export async function practitionersByName(
  persons: Pick<Persons, 'of'>,
  ids: readonly string[],
): Promise<Record<string, ListedPractitioner>> {
  if (ids.length === 0) return {};
  const read = (type: 'Practitioner' | 'Organization', id: string): Promise<Stored | undefined> =>
    persons.of(type).read(id);
  const [found, roles] = await Promise.all([
    Promise.all(ids.map((id) => read('Practitioner', id))),
    persons.of('PractitionerRole').search({
      filters: [
        {
          name: 'practitioner',
          values: ids.map((id) => ({ type: 'reference', target: 'Practitioner', id })),
        },
      ],
      constraint: ALL,
      sort: [],
      count: MOST_ROLES,
      wantsTotal: false,
    }),
  ]);
  const employers = new Map<string, Set<string>>();
  for (const role of roles.resources)
    for (const practitioner of referencedIds(role, 'practitioner', 'Practitioner')) {
      const known = employers.get(practitioner) ?? new Set();
      for (const id of referencedIds(role, 'organization', 'Organization')) known.add(id);
      employers.set(practitioner, known);
    }
  const organizations = new Map<string, string>();
  for (const id of new Set([...employers.values()].flatMap((some) => [...some]))) {
    const name = (await read('Organization', id))?.['name'];
    if (typeof name === 'string') organizations.set(id, name);
  }
  return Object.fromEntries(
    found.flatMap((practitioner) => {
      const name = practitioner && displayName(practitioner);
      if (name === undefined) return [];
      const of = [...(employers.get(practitioner?.id ?? '') ?? [])].flatMap(
        (id) => organizations.get(id) ?? [],
      );
      return [[practitioner?.id ?? '', { name, organizations: of.sort() }]];
    }),
  );
}
