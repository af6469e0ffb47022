import { decodeCursor, etagOf, NotFound, pageOf, pageQuery, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { practitionerResource } from '../fhir/resources.ts';
import type { Parts } from '../parts.ts';

const listQuery = pageQuery.extend({
  /** `system|value`, as in FHIR search. */
  identifier: z.string().max(401).optional(),
});
const cursor = z.tuple([z.uuid()]);

/** `GET /v1/practitioners`: by id, a page at a time; every caller who is logged in. */
export function listPractitioners({ store }: Parts): RequestHandler {
  return route({ query: listQuery }, async ({ query }) => {
    const after = query.cursor === undefined ? undefined : decodeCursor(cursor, query.cursor)[0];
    const filter = {
      ...(after === undefined ? {} : { _id: { $gt: after } }),
      ...(query.identifier === undefined ? {} : { identifierKey: query.identifier }),
    };
    const read = await store.practitioners.find(filter, { sort: { _id: 1 }, limit: query.limit + 1 });
    const page = pageOf(read, query.limit, (record) => [record._id]);
    return { status: 200, body: { ...page, items: page.items.map(practitionerResource) } };
  });
}

/** `GET /v1/practitioners/:id`: every caller who is logged in. */
export function readPractitioner({ store }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params }) => {
    const record = await store.practitioners.findOne({ _id: params.id });
    if (!record) throw new NotFound();
    return { status: 200, headers: { etag: etagOf(record.version) }, body: practitionerResource(record) };
  });
}
