import { ALL } from '@careplane/access';
import type { Constraint } from '@careplane/access';
import { Invalid } from '../http/errors.ts';
import type { Interaction, ResourceDefinition } from './definition.ts';
import { openParameters } from './hidden.ts';
import type { Gate } from './gate.ts';
import { Gone } from './gone.ts';
import type { FhirOptions } from './interactions/context.ts';
import { filledPage, namedIn } from './interactions/filled-page.ts';
import type { Filling } from './interactions/filled-page.ts';
import type { Resource, Stored } from './resource.ts';
import { referencesAt } from './references.ts';
import type { ResourceReference } from './references.ts';
import type { SearchFilter, SearchQuery, SearchValue } from './search.ts';
import type { ParsedSearch } from './search/parse.ts';
import { MOST_ON_A_PAGE } from './search/result-parameters.ts';
import type { Include } from './search/result-parameters.ts';

/** Of `_include` and of `_revinclude`, each. */
export const MOST_INCLUDES = 10;
/** Beside a page, by all includes of one direction: a page that is not whole would look as if it were. */
export const MOST_INCLUDED = 1000;

interface Includes {
  readonly includes: readonly Include[];
  readonly revincludes: readonly Include[];
}

/** The includes that are served. @throws Invalid for another one, unless the caller is lenient */
export function checkIncludes(
  parsed: ParsedSearch,
  context: {
    readonly options: FhirOptions;
    readonly definition: ResourceDefinition;
    readonly isLenient: boolean;
  },
): Includes {
  const { options, definition, isLenient } = context;
  const isServed = ({ source, parameter }: Include): boolean => {
    const from = definitionOf(options, source);
    return from !== undefined && servedIncludes(options, from).includes(parameter);
  };
  const isForward = (include: Include): boolean => include.source === definition.type && isServed(include);
  const isReverse = (include: Include): boolean => {
    const { targets } = definitionOf(options, include.source)?.searchParameters[include.parameter] ?? {};
    return isServed(include) && (targets?.includes(definition.type) ?? false);
  };
  requireFew(parsed);
  const faults = [
    ...parsed.includes.filter((include) => !isForward(include)).map(() => '_include'),
    ...parsed.revincludes.filter((include) => !isReverse(include)).map(() => '_revinclude'),
  ];
  if (faults.length > 0 && !isLenient) {
    throw new Invalid(faults.map((name) => ({ path: `http.${name}`, message: 'this is not included' })));
  }
  return {
    includes: distinct(parsed.includes.filter(isForward)),
    revincludes: distinct(parsed.revincludes.filter(isReverse)),
  };
}

function requireFew({ includes, revincludes }: ParsedSearch): void {
  const faults = [
    ...(includes.length > MOST_INCLUDES ? ['_include'] : []),
    ...(revincludes.length > MOST_INCLUDES ? ['_revinclude'] : []),
  ];
  if (faults.length === 0) return;
  const message = `at most ${String(MOST_INCLUDES)} of them`;
  throw new Invalid(faults.map((name) => ({ path: `http.${name}`, message })));
}

function distinct(includes: readonly Include[]): readonly Include[] {
  return [...new Map(includes.map((include) => [JSON.stringify(Object.entries(include)), include])).values()];
}

/** The parameters that include something: only resources of this service can be. */
export function servedIncludes(
  options: Pick<FhirOptions, 'definitions'>,
  { includes = [], searchParameters }: ResourceDefinition,
): readonly string[] {
  return includes.filter((name) => {
    const { targets } = searchParameters[name] ?? {};
    return !targets || targets.some((type) => definitionOf(options, type));
  });
}

export interface IncludeContext extends Includes {
  readonly options: FhirOptions;
  readonly definition: ResourceDefinition;
  readonly gate: Gate;
}

/** What the matches refer to, and what refers to them: as far as the caller may see it, each once. */
export async function includedWith(
  matches: readonly Stored[],
  context: IncludeContext,
): Promise<readonly Resource[]> {
  const found = new Map<string, Resource>();
  for (const match of matches) found.set(keyOf(match), match);
  const add = (resources: readonly Resource[]): void => {
    for (const resource of resources) if (!found.has(keyOf(resource))) found.set(keyOf(resource), resource);
  };
  add(await referred(matches, context, found));
  let room = MOST_INCLUDED;
  for (const include of context.revincludes) {
    const resources = await referring(matches, include, { ...context, room });
    room -= resources.length;
    add(resources);
  }
  return [...found.values()].slice(matches.length);
}

async function referred(
  matches: readonly Stored[],
  context: IncludeContext,
  found: ReadonlyMap<string, Resource>,
): Promise<readonly Resource[]> {
  const wanted = wantedBy(matches, context, found);
  if (wanted.length > MOST_INCLUDED) throw tooMany('_include');
  const resources: Resource[] = [];
  for (const [type, references] of Map.groupBy(wanted, (one) => one.type)) {
    const definition = definitionOf(context.options, type);
    if (definition) resources.push(...(await byIds(definition, references, context)));
  }
  return resources;
}

function tooMany(name: string): Invalid {
  const message = `more than ${String(MOST_INCLUDED)} resources: ask for smaller pages by _count`;
  return new Invalid([{ path: `http.${name}`, message }]);
}

/** What the included parameters of the matches refer to, each once. */
function wantedBy(
  matches: readonly Stored[],
  { includes, definition, options }: IncludeContext,
  found: ReadonlyMap<string, Resource>,
): readonly ResourceReference[] {
  const wanted = includes.flatMap(({ parameter, target }) => {
    const paths = definition.searchParameters[parameter]?.paths ?? [];
    return matches
      .flatMap((match) => referencesAt(match, paths))
      .filter(({ type }) => (target ?? type) === type && definitionOf(options, type) !== undefined);
  });
  const byKey = new Map(wanted.map((reference) => [`${reference.type}/${reference.id}`, reference]));
  return [...byKey].filter(([key]) => !found.has(key)).map(([, reference]) => reference);
}

async function byIds(
  definition: ResourceDefinition,
  references: readonly ResourceReference[],
  { gate }: IncludeContext,
): Promise<readonly Stored[]> {
  // a type that the caller may not read at all is not included; the search itself is answered
  const interaction = gate.tryEnter('read', definition.type);
  if (!interaction) return [];
  const resources: Stored[] = [];
  for (let at = 0; at < references.length; at += MOST_ON_A_PAGE) {
    const ids = references.slice(at, at + MOST_ON_A_PAGE).map(({ id }) => id);
    resources.push(...(await load(definition, ids, interaction)));
  }
  return gate.visible('read', definition, resources);
}

async function load(
  { store }: ResourceDefinition,
  ids: readonly string[],
  interaction: Interaction,
): Promise<readonly Stored[]> {
  if (!store.search) {
    const read = await Promise.all(ids.map(async (id) => present(store, id, interaction)));
    return read.filter((resource) => resource !== undefined);
  }
  // As a read has it: what is named is loaded first, and decided about by the facts of its patients.
  const values: SearchValue[] = ids.map((code) => ({ type: 'token', code }));
  return (await store.search(queryFor([{ name: '_id', values }], ALL), interaction)).resources;
}

/** What is gone is not included. */
async function present(
  store: ResourceDefinition['store'],
  id: string,
  interaction: Interaction,
): Promise<Stored | undefined> {
  try {
    return await store.read?.(id, interaction);
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}

async function referring(
  matches: readonly Stored[],
  include: Include,
  { options, gate, definition, room }: IncludeContext & { readonly room: number },
): Promise<readonly Stored[]> {
  const source = definitionOf(options, include.source);
  // what refers to something is looked for: to read it by its id does not permit that
  const entered = source && gate.tryEnter('search', source.type);
  if (!source || !entered || matches.length === 0) return [];
  if (!Object.hasOwn(openParameters(source, entered.decision), include.parameter)) return [];
  const values = matches.map(({ id }): SearchValue => ({ type: 'reference', target: definition.type, id }));
  const filters = [{ name: include.parameter, values }];
  const drawn = await gate.draw('search', source.type, namedIn(filters, source));
  const query = queryFor(filters, drawn.interaction.decision.constraint);
  return pagesOf(query, { definition: source, gate, drawn, room });
}

/** Looks for what refers to a page: so many pages of resources that nobody may see are too many, too. */
const MOST_LOOKS = (5 * MOST_INCLUDED) / MOST_ON_A_PAGE;

async function pagesOf(
  query: SearchQuery,
  { room, ...filling }: Filling & { readonly room: number },
): Promise<readonly Stored[]> {
  const resources: Stored[] = [];
  let cursor: string | undefined;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const page = await filledPage({ ...query, ...(cursor === undefined ? {} : { cursor }) }, filling);
    resources.push(...page.resources);
    if (resources.length > room) throw tooMany('_revinclude');
    cursor = page.next;
    if (cursor === undefined) return resources;
  }
  throw tooMany('_revinclude');
}

function queryFor(filters: readonly SearchFilter[], constraint: Constraint): SearchQuery {
  return { filters, constraint, sort: [], count: MOST_ON_A_PAGE, wantsTotal: false };
}

function definitionOf(
  { definitions }: Pick<FhirOptions, 'definitions'>,
  type: string,
): ResourceDefinition | undefined {
  return definitions.find((definition) => definition.type === type);
}

function keyOf({ resourceType, id }: Resource): string {
  return `${resourceType}/${id ?? ''}`;
}
