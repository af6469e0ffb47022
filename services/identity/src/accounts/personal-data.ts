import { namesIn, nameTexts, textOf } from '../persons/elements.ts';
import type { Persons } from '../persons/persons.ts';
import type { PersonReference } from './account.ts';

/** Whose account it is, or is to be. */
export interface Owner {
  readonly address: string | undefined;
  readonly person: PersonReference | null | undefined;
}

/** What others know of the owner of an account, by which a password must not be made. */
export async function personalData(
  persons: Pick<Persons, 'of'>,
  { address, person }: Owner,
): Promise<string[]> {
  const record = person && (await persons.of(person.type).read(person.id));
  return [localPart(address), ...(record ? [...namesOf(record), ...birthOf(record)] : [])];
}

/** Of an e-mail address what names its owner. */
export function localPart(address = ''): string {
  return address.split('@')[0] ?? '';
}

function namesOf(record: Parameters<typeof namesIn>[0]): string[] {
  const { family, given } = nameTexts(namesIn(record));
  return [...family, ...given];
}

function birthOf(record: Parameters<typeof textOf>[0]): string[] {
  const date = textOf(record, 'birthDate');
  return date === undefined ? [] : [date, date.slice(0, 4)];
}
