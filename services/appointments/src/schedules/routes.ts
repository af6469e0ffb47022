import { randomUUID } from 'node:crypto';
import { currentUser, decodeCursor, Forbidden, pageOf, route } from '@careplane/kit';
import type { Made } from '@careplane/kit';
import type { RequestHandler } from 'express';
import { toSchedule } from './resource.ts';
import { minuteOf } from '../grid/minutes.ts';
import type { ScheduleRecord } from './record.ts';
import { after, LATEST_FIRST, startCursor } from '../start-cursor.ts';
import type { Parts } from '../parts.ts';
import { refused } from '../problems.ts';
import { newSchedule, scheduleQuery } from './requests.ts';

/** `POST /v1/schedules`: a practitioner for themselves, the admin for any. */
export function openSchedule({ store, idempotency }: Parts): RequestHandler {
  return route({ body: newSchedule }, ({ body, req }) => {
    const user = currentUser(req);
    if (user.role === 'practitioner' && user.sub !== body.practitionerId) {
      throw new Forbidden('Practitioners open schedules for themselves');
    }
    if (body.end <= minuteOf(new Date())) throw refused('in-the-past');
    const replay = async ({ id }: Made): Promise<unknown> => {
      const found = await store.schedules.findOne({ _id: id });
      return found === null ? undefined : toSchedule(found);
    };
    return idempotency.run(req, { required: true, replay }, async (tx) => {
      const schedule: ScheduleRecord = { _id: randomUUID(), ...body, created: new Date() };
      await store.schedules.insert([schedule], tx);
      return {
        status: 201,
        headers: { location: `/v1/schedules/${schedule._id}` },
        body: toSchedule(schedule),
      };
    });
  });
}

/** `GET /v1/schedules?practitioner=`: the latest first. */
export function listSchedules({ store }: Parts): RequestHandler {
  return route({ query: scheduleQuery }, async ({ query }) => {
    const from = query.cursor === undefined ? {} : after(decodeCursor(startCursor, query.cursor));
    const found = await store.schedules.find(
      { practitionerId: query.practitioner, ...from },
      { sort: LATEST_FIRST, limit: query.limit + 1 },
    );
    const page = pageOf(found, query.limit, (record) => [record.start, record._id]);
    return { status: 200, body: { ...page, items: page.items.map(toSchedule) } };
  });
}
