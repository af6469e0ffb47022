import { randomUUID } from 'node:crypto';
import type { Resource } from './resource.ts';

export interface BundleParts {
  readonly entries: readonly object[];
  readonly total?: number;
  /** Absolute URLs by their relation: `self`, `next`. */
  readonly links: Readonly<Record<string, string>>;
}

/** A Bundle (hl7.org/fhir/R4/bundle.html). Empty lists are left out: FHIR has none. */
export function bundleOf(type: 'searchset' | 'history', { entries, total, links }: BundleParts): Resource {
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { lastUpdated: new Date().toISOString() },
    type,
    ...(total === undefined ? {} : { total }),
    link: Object.entries(links).map(([relation, url]) => ({ relation, url })),
    ...(entries.length === 0 ? {} : { entry: entries }),
  };
}
