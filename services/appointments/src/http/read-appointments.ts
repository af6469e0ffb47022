import { currentUser, decodeCursor, etagOf, NotFound, pageOf, route } from '@careplane/kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { toAppointment } from '../fhir/resources.ts';
import { after, LATEST_FIRST, startCursor } from '../store/start-cursor.ts';
import { mayRead, ownerOf } from './access.ts';
import type { Parts } from './parts.ts';
import { appointmentQuery } from './requests.ts';

/** `GET /v1/appointments/:id`. What the caller may not see is not there. */
export function readAppointment({ store }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params, req }) => {
    const found = await store.appointments.findOne({ _id: params.id });
    if (found === null || !mayRead(currentUser(req), found)) throw new NotFound();
    return {
      status: 200,
      headers: { etag: etagOf(found.version), 'cache-control': 'private, no-cache' },
      body: toAppointment(found),
    };
  });
}

/** `GET /v1/appointments`: the caller's own, the latest start first. */
export function listAppointments({ store }: Parts): RequestHandler {
  return route({ query: appointmentQuery }, async ({ query, req }) => {
    const owner = ownerOf(currentUser(req), query);
    const from = query.cursor === undefined ? {} : after(decodeCursor(startCursor, query.cursor));
    const found = await store.appointments.find(
      { ...owner, ...from },
      { sort: LATEST_FIRST, limit: query.limit + 1 },
    );
    const page = pageOf(found, query.limit, (record) => [record.start, record._id]);
    return {
      status: 200,
      headers: { 'cache-control': 'private, no-cache' },
      body: { ...page, items: page.items.map(toAppointment) },
    };
  });
}
