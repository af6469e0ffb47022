import { TextScanner } from '@careplane/testing';
import { places } from './places.ts';

/** What was searched, and the texts that were found, by place. */
export interface Findings {
  readonly searched: readonly string[];
  readonly found: Readonly<Record<string, readonly string[]>>;
}

/**
 * Searches everything that the clinic on the embedded cluster keeps for texts, in all their spellings.
 * @throws RangeError for a text that is too short to tell anything
 */
export async function search(texts: readonly string[]): Promise<Findings> {
  const scanner = new TextScanner(texts);
  const found: Record<string, string[]> = {};
  const all = await places();
  for (const place of all) {
    const inside = await scanner.find(place.read());
    if (inside.size > 0) found[place.name] = [...inside];
  }
  return { searched: all.map(({ name }) => name), found };
}
