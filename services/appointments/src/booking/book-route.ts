import { currentUser, etagOf, Forbidden, Invalid, route } from '@careplane/kit';
import type { Made, Reply, User } from '@careplane/kit';
import type { Request, RequestHandler } from 'express';
import { attempt } from './attempt.ts';
import { book, newAppointmentRecord } from './book.ts';
import type { Wish } from './book.ts';
import { ClaimLost } from './claim.ts';
import { firstVersion } from './versions.ts';
import { toAppointment } from './resource.ts';
import { minuteOf } from '../grid/minutes.ts';
import { misfit } from '../slots/slots.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import type { Parts } from '../parts.ts';
import { conflict, refused } from '../problems.ts';
import { newAppointment } from './requests.ts';
import type { NewAppointment } from './requests.ts';

/**
 * For whom the caller books: patients for themselves, a practitioner on their own schedules and the admin on all, both
 * for the patient they name.
 *
 * @throws Forbidden, Invalid
 */
export function patientOf(user: User, wished: string | undefined, schedule: ScheduleRecord): string {
  if (user.role === 'patient') {
    if (wished !== undefined && wished !== user.sub) throw new Forbidden('Patients book for themselves');
    return user.sub;
  }
  if (user.role === 'practitioner' && schedule.practitionerId !== user.sub) {
    throw new Forbidden('Practitioners book on their own schedules');
  }
  if (wished === undefined) throw new Invalid([{ path: 'body.patientId', message: 'is needed' }]);
  return wished;
}

/** The visit that is asked for, on its schedule; the checks that need no look at anybody's time. */
async function wishOf(parts: Parts, req: Request, body: NewAppointment): Promise<Wish> {
  const user = currentUser(req);
  const schedule = await parts.store.schedules.findOne({ _id: body.scheduleId });
  if (schedule === null) throw refused('unknown-schedule');
  const patientId = patientOf(user, body.patientId, schedule);
  const visit = { start: body.start, end: body.start + (body.minutes ?? schedule.slotMinutes) };
  const fault = misfit(schedule, visit, minuteOf(new Date()));
  if (fault !== undefined) throw refused(fault);
  return { schedule, visit, patientId, reasonCode: body.reasonCode };
}

function bookOnce(parts: Parts, req: Request, body: NewAppointment): Promise<Reply> {
  return attempt(parts, (enter) => {
    let wish: Wish | undefined;
    const before = async (): Promise<void> => {
      wish = await wishOf(parts, req, body);
      await enter(wish);
    };
    const replay = async ({ id }: Made): Promise<unknown> => {
      const first = await firstVersion(parts.store, id);
      return first && toAppointment(first);
    };
    return parts.idempotency.run(req, { required: true, before, replay }, async (tx) => {
      if (wish === undefined) throw new Error('nothing was judged');
      const appointment = newAppointmentRecord(wish, new Date());
      await book(parts, tx, appointment);
      return {
        status: 201,
        headers: { location: `/v1/appointments/${appointment._id}`, etag: etagOf(appointment.version) },
        body: toAppointment(appointment),
      };
    });
  });
}

/**
 * `POST /v1/appointments`. Only the claims decide who gets a time; the looks before the transaction make losing cheap. The
 * stored reply of a repeated request is looked for first and last, so that it is never judged anew, nor a rival of its own.
 */
export function bookAppointment(parts: Parts): RequestHandler {
  return route({ body: newAppointment }, async ({ body, req }) => {
    try {
      return await bookOnce(parts, req, body);
    } catch (error) {
      throw error instanceof ClaimLost ? conflict(error.conflict) : error;
    }
  });
}
