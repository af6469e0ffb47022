import type { Request } from 'express';
import { Invalid } from '../http/errors.ts';
import type { FieldFault } from '../http/errors.ts';
import { queryTextOf } from './interactions/context.ts';
import { preferencesOf } from './negotiation.ts';
import type { Meta, Resource } from './resource.ts';
import { elementsOf } from './schema/elements.ts';
import { pairsOf } from './search/pairs.ts';
import type { Pair } from './search/pairs.ts';
import { pathOf } from './search/readings.ts';
import { parseResultParameter } from './search/result-parameters.ts';
import type { Read, ResultParameters } from './search/result-parameters.ts';

/** Which elements of a resource an answer has (`_summary`, `_elements`). */
export type Shape = Pick<ResultParameters, 'summary' | 'elements'>;

const ALWAYS = ['resourceType', 'id', 'meta'];
const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};
const OF_ONE_RESOURCE = new Set(['_summary', '_elements', '_format', '_pretty']);

/** The shape that a read asks for. @throws Invalid for any other parameter, and for `_summary=count` */
export function shapeOf(req: Request, type: string): Shape {
  const pairs = pairsOf(queryTextOf(req));
  const { isLenient } = preferencesOf(req);
  return pairs.reduce<Shape>(
    (shape, pair) => {
      const read = OF_ONE_RESOURCE.has(pair.name) ? parseResultParameter(pair, {}) : undefined;
      const isCount = pair.name === '_summary' && pair.value === 'count';
      if (read && 'result' in read && !isCount) return { ...shape, ...read.result };
      if (isLenient && !read) return shape;
      throw new Invalid([faultOf(pair, read, type)]);
    },
    { summary: 'false' },
  );
}

function faultOf(pair: Pair, read: Read | undefined, type: string): FieldFault {
  return { path: pathOf(pair), message: read && 'fault' in read ? read.fault : `not for a ${type}` };
}

/** A resource with the elements that were asked for, tagged SUBSETTED when that is not all. */
export function shaped(resource: Resource, { summary, elements }: Shape): Resource {
  const wanted = namesOf(resource.resourceType, { summary, ...(elements ? { elements } : {}) });
  if (!wanted) return summary === 'data' ? subsetted(omit(resource, 'text')) : resource;
  const kept = Object.entries(resource).filter(([name]) => wanted(name));
  return subsetted(Object.fromEntries(kept) as Resource);
}

function namesOf(type: string, { summary, elements }: Shape): ((name: string) => boolean) | undefined {
  const spec = elementsOf(type);
  if (elements) {
    const own = elements.map((name) => name.replace(`${type}.`, ''));
    return among([...ALWAYS, ...own, ...(spec?.mandatory ?? [])]);
  }
  if (summary === 'text') return among([...ALWAYS, 'text', ...(spec?.mandatory ?? [])]);
  if (summary === 'true') return among([...ALWAYS, ...(spec?.summary ?? [])]);
  return undefined;
}

function among(names: readonly string[]): (name: string) => boolean {
  const set = new Set(names);
  const choices = names.filter((name) => name.endsWith('[x]')).map((name) => name.slice(0, -3));
  return (key) => {
    const name = key.startsWith('_') ? key.slice(1) : key;
    return (
      set.has(name) || choices.some((stem) => name.startsWith(stem) && /^[A-Z]/.test(name.slice(stem.length)))
    );
  };
}

function omit(resource: Resource, element: string): Resource {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => name !== element)) as Resource;
}

function subsetted(resource: Resource): Resource {
  const tags = resource.meta?.['tag'];
  const meta: Meta = {
    ...resource.meta,
    tag: [...(Array.isArray(tags) ? (tags as unknown[]) : []), SUBSETTED],
  };
  return { ...resource, meta };
}
