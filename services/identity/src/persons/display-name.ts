import type { Stored } from '@careplane/kit';
import type { HumanName } from './elements.ts';

/** How somebody is called, by their first name entry; undefined without one. */
export function displayName({ name }: Stored): string | undefined {
  const [first] = (name ?? []) as readonly HumanName[];
  const text = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim();
  return text === '' ? undefined : text;
}
