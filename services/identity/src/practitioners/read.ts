import { etagOf, NotFound, pageQuery, route } from '@careplane/kit';
import type { RequestHandler, SearchFilter } from '@careplane/kit';
import { z } from 'zod';
import type { Parts } from '../parts.ts';

const listQuery = pageQuery.extend({
  /** `system|value`, as in FHIR search. */
  identifier: z.string().max(401).optional(),
});

/** `GET /v1/practitioners`: by id, a page at a time; every caller who is logged in. */
export function listPractitioners({ persons }: Parts): RequestHandler {
  return route({ query: listQuery }, async ({ query }) => {
    const filters = query.identifier === undefined ? [] : [byIdentifier(query.identifier)];
    const { resources, next } = await persons.of('Practitioner').search({
      filters,
      constraint: { kind: 'all' },
      sort: [],
      count: query.limit,
      wantsTotal: false,
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    });
    return { status: 200, body: { items: resources, ...(next === undefined ? {} : { next }) } };
  });
}

/** `system|value`; the system is a URI, which has no bar. */
function byIdentifier(text: string): SearchFilter {
  const at = text.indexOf('|');
  const value = { type: 'token', system: text.slice(0, at), code: text.slice(at + 1) } as const;
  return { name: 'identifier', values: [at === -1 ? { type: 'token', code: text } : value] };
}

/** `GET /v1/practitioners/:id`: every caller who is logged in. */
export function readPractitioner({ persons }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params }) => {
    const practitioner = await persons.of('Practitioner').read(params.id);
    if (!practitioner) throw new NotFound();
    return {
      status: 200,
      headers: { etag: etagOf(Number(practitioner.meta.versionId)) },
      body: practitioner,
    };
  });
}
