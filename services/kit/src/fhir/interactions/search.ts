import type { Request } from 'express';
import { bodyBytes } from '../../http/body.ts';
import { HttpProblem, Unprocessable } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { baseUrlOf } from '../base-url.ts';
import { bundleOf } from '../bundle.ts';
import type { ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Drawn, Gate } from '../gate.ts';
import { openParameters } from '../hidden.ts';
import { checkIncludes, includedWith } from '../includes.ts';
import { preferencesOf } from '../negotiation.ts';
import type { SearchPage, SearchQuery } from '../search.ts';
import { pairsOf, queryOf } from '../search/pairs.ts';
import type { Pair } from '../search/pairs.ts';
import { parseSearch } from '../search/parse.ts';
import type { ParsedSearch } from '../search/parse.ts';
import { openPage, SEALED_PAGE, sealPage } from '../search/sealed-page.ts';
import type { Resource, Stored } from '../resource.ts';
import { shaped } from '../shape.ts';
import { queryTextOf } from './context.ts';
import type { FhirOptions } from './context.ts';
import { filledPage, namedIn } from './filled-page.ts';

/** `GET [type]?...` and `POST [type]/_search`, which may say parameters in both places. */
export async function search(
  options: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const base = baseUrlOf(req);
  const gate = createGate(options.access, req);
  const { decision } = gate.enter('search', definition.type);
  const { isLenient } = preferencesOf(req);
  const searchParameters = openParameters(definition, decision);
  const parsed = parseSearch(parametersOf(req, options, definition), { searchParameters, base, isLenient });
  accessRecordOf(req).searchesBy(parsed.used.map(({ name }) => name));
  const { includes, revincludes } = checkIncludes(parsed, { options, definition, isLenient });
  const page = await pageOf(definition, parsed, gate);
  const matches = page.resources;
  const included = await includedWith(matches, { includes, revincludes, options, gate, definition });
  const entries = [...matches.map(entry('match')), ...included.map(entry('include'))];
  return { status: 200, body: bundleOf('searchset', { entries, ...total(page), links: linksOf() }) };

  function entry(mode: 'match' | 'include'): (resource: Resource) => object {
    return (resource) => ({
      fullUrl: `${base}/${resource.resourceType}/${resource.id ?? ''}`,
      resource: shaped(resource, parsed),
      search: { mode },
    });
  }

  function linksOf(): Record<string, string> {
    const address = `${base}/${definition.type}`;
    const url = (pairs: readonly Pair[]): string =>
      pairs.length === 0 ? address : `${address}?${queryOf(pairs)}`;
    const others = parsed.used.filter(({ name }) => name !== '_cursor');
    const isHidden = req.method === 'POST' || isSealed(req);
    const nextOf = (next: string): readonly Pair[] => {
      const pairs = [...others, { name: '_cursor', value: next }];
      if (!isHidden && page.isExact) return pairs;
      return [{ name: SEALED_PAGE, value: sealPage(options.linkKey, definition.type, pairs) }];
    };
    return {
      self: isHidden ? address : url(parsed.used),
      ...(page.next === undefined ? {} : { next: url(nextOf(page.next)) }),
    };
  }
}

function isSealed(req: Request): boolean {
  return pairsOf(queryTextOf(req)).some(({ name }) => name === SEALED_PAGE);
}

function total({ total: counted }: SearchPage<Stored>): { readonly total?: number } {
  return counted === undefined ? {} : { total: counted };
}

async function pageOf(
  definition: ResourceDefinition,
  parsed: ParsedSearch,
  gate: Gate,
): Promise<SearchPage<Stored> & Pick<Drawn, 'isExact'>> {
  const countsOnly = parsed.summary === 'count' || parsed.count === 0;
  const drawn = await gate.draw('search', definition.type, namedIn(parsed.filters, definition));
  if (countsOnly && !drawn.isExact) throw uncounted();
  const query: SearchQuery = {
    filters: parsed.filters,
    constraint: drawn.interaction.decision.constraint,
    sort: parsed.sort,
    count: countsOnly ? 0 : parsed.count,
    wantsTotal: countsOnly || parsed.total !== 'none',
    ...(parsed.cursor === undefined ? {} : { cursor: parsed.cursor }),
  };
  return { ...(await filledPage(query, { definition, gate, drawn })), isExact: drawn.isExact };
}

/** A total would count what consents hide. */
function uncounted(): Unprocessable {
  return new Unprocessable(
    'Nothing is counted here but for patients who are named, since their consents decide',
  );
}

function parametersOf(req: Request, { linkKey }: FhirOptions, { type }: ResourceDefinition): Pair[] {
  const inAddress = pairsOf(queryTextOf(req)).flatMap((pair) =>
    pair.name === SEALED_PAGE ? openPage(linkKey, type, pair.value) : [pair],
  );
  if (req.method !== 'POST') return inAddress;
  const mediaType = (req.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new HttpProblem(415, 'The media type is not supported', {
      detail: 'A search is application/x-www-form-urlencoded',
    });
  }
  return [...inAddress, ...pairsOf(bodyBytes(req)?.toString() ?? '')];
}
