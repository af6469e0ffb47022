import type { Attributes } from '@careplane/access';
import type { Resource } from '@careplane/kit';
import type { PersonKind } from './kinds/kind.ts';
import type { PersonType } from './person-record.ts';

/** What decisions look at. A patient's and a practitioner's own id is an attribute of theirs, too. */
export function attributesOf(kind: PersonKind, resource: Resource): Attributes {
  const { id } = resource;
  const own = id === undefined ? {} : { id: [id], ...(OWN[kind.type]?.(id) ?? {}) };
  return { ...kind.access(resource), ...own };
}

const OWN: Readonly<Partial<Record<PersonType, (id: string) => Attributes>>> = {
  Patient: (id) => ({ patient: [id] }),
  Practitioner: (id) => ({ practitioner: [id] }),
};
