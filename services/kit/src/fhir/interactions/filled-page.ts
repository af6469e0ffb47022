import type { Action } from '@careplane/access';
import type { Named, ResourceDefinition } from '../definition.ts';
import type { Drawn, Gate } from '../gate.ts';
import type { Stored } from '../resource.ts';
import type { SearchFilter, SearchPage, SearchQuery, SearchValue } from '../search.ts';

/** Looks for the resources of one page: where most are refused a page is short, and the next one goes on. */
const MOST_LOOKS = 5;

export interface Filling {
  readonly definition: ResourceDefinition;
  readonly gate: Gate;
  readonly drawn: Drawn;
  /** What each resource is decided for. Default `search`. */
  readonly action?: Action;
  /** See `VisibleOptions`. */
  readonly isUnseen?: boolean;
}

/**
 * A page of what may be seen. Where the constraint is not the decision, each resource is decided about by the facts of its own
 * patients, and those that follow take the places of the refused ones; there is no total then, since it would count them.
 * `next` goes on after the last resource that was looked at.
 */
export async function filledPage(query: SearchQuery, filling: Filling): Promise<SearchPage<Stored>> {
  if (filling.drawn.isExact) return look(query, filling);
  const seen: Stored[] = [];
  let next = query.cursor;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const wanted = { ...query, ...(next === undefined ? {} : { cursor: next }), wantsTotal: false };
    const page = await look({ ...wanted, count: query.count - seen.length }, filling);
    seen.push(...page.resources);
    next = page.next;
    if (next === undefined || seen.length >= query.count) break;
  }
  return { resources: seen, ...(next === undefined ? {} : { next }) };
}

/** Of what the store finds, what may be seen. */
async function look(
  query: SearchQuery,
  { definition, gate, drawn: { interaction, named }, action = 'search', isUnseen = false }: Filling,
): Promise<SearchPage<Stored>> {
  const page = (await definition.store.search?.(query, interaction)) ?? { resources: [] };
  const resources = await gate.visible(action, definition, page.resources, { named, isUnseen });
  return { ...page, resources };
}

/** Whom all matches of a search are about, as it says: by `patient`, of a Patient by `_id`, and by `practitioner`. */
export function namedIn(
  filters: readonly SearchFilter[],
  { type, searchParameters }: Pick<ResourceDefinition, 'type' | 'searchParameters'>,
): Named {
  const idsOf = (name: string, target: string): readonly string[] | undefined => {
    const { targets = [] } = searchParameters[name] ?? {};
    if (name !== '_id' && (targets.length !== 1 || targets[0] !== target)) return undefined;
    return filters.find((one) => one.name === name && one.modifier === undefined)?.values.flatMap(idOf);
  };
  const patients = idsOf(type === 'Patient' ? '_id' : 'patient', 'Patient');
  const practitioners = idsOf('practitioner', 'Practitioner');
  return { ...(patients ? { patients } : {}), ...(practitioners ? { practitioners } : {}) };
}

function idOf(value: SearchValue): string[] {
  if (value.type === 'reference') return [value.id];
  return value.type === 'token' && value.code !== undefined ? [value.code] : [];
}
