import type { Request } from 'express';
import type { Reply } from '../../http/route.ts';
import { addressOf, baseUrlOf } from '../base-url.ts';
import { bundleOf } from '../bundle.ts';
import { withDataClasses } from '../data-classes.ts';
import type { AccessPort, OperationDefinition, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import { filledPage } from '../interactions/filled-page.ts';
import type { Stored } from '../resource.ts';
import type { SearchFilter, SearchPage } from '../search.ts';
import { queryOf } from '../search/pairs.ts';
import type { Pair } from '../search/pairs.ts';
import { openPage, SEALED_PAGE, sealPage } from '../search/sealed-page.ts';
import type { PageKeys } from '../search/sealed-page.ts';
import { askedOf } from './asked.ts';
import type { Asked, Place } from './asked.ts';

const EVERYTHING = '$everything';

export interface EverythingOptions {
  readonly access: AccessPort;
  /** Seals the links to pages of this service: they go on after resources that the caller may not know of. */
  readonly linkKey: PageKeys;
  /**
   * The type that has the operation. `Patient`: `Patient/[id]/$everything`, where a record begins. Another one:
   * `[type]/$everything?patient=[id]`, to which the link of the service before leads.
   */
  readonly at: string;
  /** Where it begins: types of the services whose parts follow, in order. */
  readonly parts?: readonly string[];
}

/**
 * Definitions with the operation `$everything`. A record lies in several services: each gives its own part in pages, decided and recorded
 * as its searches are, and the link `next` of the last one leads to the next service. So no service asks another.
 */
export function withEverything(
  definitions: readonly ResourceDefinition[],
  { at, ...options }: EverythingOptions,
): ResourceDefinition[] {
  const served = { ...options, definitions: definitions.map(withDataClasses) };
  const operation = at === 'Patient' ? wholeRecord(served) : laterPart(served);
  return definitions.map((one) =>
    one.type === at ? { ...one, operations: [...(one.operations ?? []), operation] } : one,
  );
}

type Served = Omit<EverythingOptions, 'at'> & { readonly definitions: readonly ResourceDefinition[] };

function wholeRecord(served: Served): OperationDefinition {
  const patients = served.definitions.find(({ type }) => type === 'Patient');
  return {
    name: EVERYTHING,
    level: 'instance',
    methods: ['GET'],
    documentation:
      'The record of a patient as far as the caller may see it, in pages: follow next. _since, _type, start, end and _count narrow it.',
    async attributes(id, _body, interaction) {
      const found = await patients?.store.read?.(id, interaction);
      return found && patients?.attributes(found);
    },
    run: ({ id = '', query }, { req }) =>
      everythingPage(served, req, { query, defaults: { patient: id, then: served.parts ?? [] } }),
  };
}

function laterPart(served: Served): OperationDefinition {
  return {
    name: EVERYTHING,
    level: 'type',
    methods: ['GET'],
    documentation: 'What this service has of Patient/[id]/$everything, whose links lead here.',
    decidesEach: true,
    run: ({ query }, { req }) => everythingPage(served, req, { query }),
  };
}

async function everythingPage(
  { definitions, access, linkKey }: Served,
  req: Request,
  {
    query,
    defaults,
  }: { readonly query: URLSearchParams; readonly defaults?: Pick<Asked, 'patient' | 'then'> },
): Promise<Reply> {
  const sealed = query.get(SEALED_PAGE);
  const pairs = sealed === null ? pairsIn(query) : openPage(linkKey, EVERYTHING, sealed);
  const asked = askedOf(pairs, defaults);
  const types = definitions.filter((one) => patientFilter(one, asked.patient) !== undefined);
  const { resources, next } = await filled(types, asked, createGate(access, req));
  const base = baseUrlOf(req);
  const [address = ''] = addressOf(req).split('?');
  const given = pairs.filter(({ name }) => !OWN.has(name));
  const links = nextLink({ base, address, linkKey }, { asked, given, next });
  const entries = resources.map((resource) => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode: 'match' },
  }));
  return { status: 200, body: bundleOf('searchset', { entries, links: { self: address, ...links } }) };
}

/** Said by links alone. */
const OWN: ReadonlySet<string> = new Set(['patient', 'then', 'at', 'cursor']);

function pairsIn(query: URLSearchParams): Pair[] {
  return [...query].map(([name, value]) => ({ name, value })).filter(({ name }) => !PLACES.has(name));
}

/** A place is what was sealed here, and nothing that a caller says. */
const PLACES: ReadonlySet<string> = new Set(['at', 'cursor']);

function nextLink(
  { base, address, linkKey }: { readonly base: string; readonly address: string; readonly linkKey: PageKeys },
  {
    asked,
    given,
    next,
  }: { readonly asked: Asked; readonly given: readonly Pair[]; readonly next: Place | undefined },
): { readonly next?: string } {
  const { patient, then } = asked;
  const whose = (parts: readonly string[]): Pair[] => [
    { name: 'patient', value: patient },
    ...(parts.length > 0 ? [{ name: 'then', value: parts.join(',') }] : []),
  ];
  if (next) {
    const { at, cursor } = next;
    const place = [
      { name: 'at', value: String(at) },
      ...(cursor === undefined ? [] : [{ name: 'cursor', value: cursor }]),
    ];
    const page = sealPage(linkKey, EVERYTHING, [...given, ...whose(then), ...place]);
    return { next: `${address}?${queryOf([{ name: SEALED_PAGE, value: page }])}` };
  }
  const [part, ...others] = then;
  if (part === undefined) return {};
  return { next: `${base}/${part}/${EVERYTHING}?${queryOf([...whose(others), ...given])}` };
}

/** Resources of one type after the other, until the page is full. */
async function filled(
  types: readonly ResourceDefinition[],
  asked: Asked,
  gate: Gate,
): Promise<{ readonly resources: readonly Stored[]; readonly next?: Place }> {
  const resources: Stored[] = [];
  let { at, cursor }: { at: number; cursor?: string | undefined } = asked.from;
  for (; at < types.length; at += 1, cursor = undefined) {
    const definition = types[at];
    const count = asked.count - resources.length;
    if (count === 0) return { resources, next: { at } };
    if (!definition) continue;
    const page = await pageOf(definition, { asked, gate, count, cursor });
    resources.push(...page.resources);
    if (page.next !== undefined) return { resources, next: { at, cursor: page.next } };
  }
  return { resources };
}

/** A page of one type; a type that the caller may not search has none. */
async function pageOf(
  definition: ResourceDefinition,
  {
    asked,
    gate,
    count,
    cursor,
  }: {
    readonly asked: Asked;
    readonly gate: Gate;
    readonly count: number;
    readonly cursor: string | undefined;
  },
): Promise<SearchPage<Stored>> {
  const { type } = definition;
  if (asked.types?.includes(type) === false || !gate.tryEnter('search', type)) return { resources: [] };
  const drawn = await gate.draw('search', type, { patients: [asked.patient] });
  const query = {
    filters: filtersFor(definition, asked),
    constraint: drawn.interaction.decision.constraint,
    ...{ sort: [{ name: '_id', descending: false }], count, wantsTotal: false },
    ...(cursor === undefined ? {} : { cursor }),
  };
  return filledPage(query, { definition, gate, drawn });
}

function filtersFor(definition: ResourceDefinition, { patient, since, start, end }: Asked): SearchFilter[] {
  const { careDate } = definition;
  const about = patientFilter(definition, patient);
  const cared = careDate === undefined ? [] : [start, end].filter((one) => one !== undefined);
  return [
    ...(about ? [about] : []),
    ...(since ? [{ name: '_lastUpdated', values: [since] }] : []),
    ...cared.map((value) => ({ name: careDate ?? '', values: [value] })),
  ];
}

/** How a type is found by its patient; undefined for one that is about none. */
function patientFilter(
  { type, searchParameters }: Pick<ResourceDefinition, 'type' | 'searchParameters'>,
  id: string,
): SearchFilter | undefined {
  if (type === 'Patient') return { name: '_id', values: [{ type: 'token', code: id }] };
  if (searchParameters['patient']?.type !== 'reference') return undefined;
  return { name: 'patient', values: [{ type: 'reference', target: 'Patient', id }] };
}
