import { currentUser, etagOf, Forbidden, Invalid, route } from '@careplane/kit';
import type { Reply, User } from '@careplane/kit';
import type { Request, RequestHandler } from 'express';
import { book } from './book.ts';
import type { Wish } from './book.ts';
import { ClaimLost, isTaken } from './claim.ts';
import type { EndAttempt } from './slot-rivals.ts';
import { toAppointment } from './resource.ts';
import { minuteOf } from '../grid/minutes.ts';
import { misfit } from '../slots/slots.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import type { Parts } from '../parts.ts';
import { conflict, misfits, unknownSchedule } from '../problems.ts';
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
  if (schedule === null) throw unknownSchedule();
  const patientId = patientOf(user, body.patientId, schedule);
  const visit = { start: body.start, end: body.start + (body.minutes ?? schedule.slotMinutes) };
  const fault = misfit(schedule, visit, minuteOf(new Date()));
  if (fault !== undefined) throw misfits(fault);
  return { schedule, visit, patientId, reasonCode: body.reasonCode };
}

/** The two looks before the transaction: is the time taken, and is somebody else in this process about to take it? */
async function enter(parts: Parts, { schedule, visit }: Wish): Promise<EndAttempt> {
  const { practitionerId } = schedule;
  if (await isTaken(parts.store, practitionerId, visit)) throw new ClaimLost('slot-taken');
  const turn = await parts.rivals.enter(`${practitionerId} ${visit.start}`);
  if (turn === undefined) throw new ClaimLost('slot-taken');
  return turn;
}

async function bookOnce(parts: Parts, req: Request, wish: Wish): Promise<Reply> {
  let end: EndAttempt | undefined;
  let won = false;
  const before = async (): Promise<void> => {
    end = await enter(parts, wish);
  };
  const replay = async ({ id }: { id: string }): Promise<unknown> => {
    const record = await parts.store.appointments.findOne({ _id: id });
    return record ? toAppointment(record) : undefined;
  };
  try {
    const reply = await parts.idempotency.run(req, { required: true, before, replay }, async (tx) => {
      const appointment = await book(parts, tx, wish);
      return {
        status: 201,
        headers: { location: `/v1/appointments/${appointment._id}`, etag: etagOf(appointment.version) },
        body: toAppointment(appointment),
      };
    });
    won = true;
    return reply;
  } finally {
    end?.(won);
  }
}

/**
 * `POST /v1/appointments`. Only the unique indexes decide who gets a time; the looks before the transaction make losing
 * cheap. The stored reply of a repeated request is looked for before and after them, so that it is never a rival of its
 * own.
 */
export function bookAppointment(parts: Parts): RequestHandler {
  return route({ body: newAppointment }, async ({ body, req }) => {
    try {
      return await bookOnce(parts, req, await wishOf(parts, req, body));
    } catch (error) {
      throw error instanceof ClaimLost ? conflict(error.conflict) : error;
    }
  });
}
