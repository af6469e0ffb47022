import {
  currentUser,
  etagOf,
  ifMatchVersion,
  NotFound,
  PreconditionFailed,
  route,
  withTransaction,
} from '@careplane/kit';
import type { Reply, User } from '@careplane/kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { cancel, wasAlreadyCancelled } from './cancel.ts';
import { toAppointment } from './resource.ts';
import { minuteOf } from '../grid/minutes.ts';
import type { AppointmentRecord } from './records.ts';
import { mayRead } from './access.ts';
import type { Parts } from '../parts.ts';
import { alreadyBegun } from '../problems.ts';
import { cancellation } from './requests.ts';
import type { CancellationReason } from './records.ts';

/** Who cancels says why, where they do not say it themselves. */
function defaultReason(user: User): CancellationReason {
  switch (user.role) {
    case 'patient':
      return 'pat';
    case 'practitioner':
      return 'prov';
    default:
      return 'other';
  }
}

function replyWith(appointment: AppointmentRecord): Reply {
  return { status: 200, headers: { etag: etagOf(appointment.version) }, body: toAppointment(appointment) };
}

/** `POST /v1/appointments/:id/cancel` with `If-Match`: frees the time for others at once. */
export function cancelAppointment(parts: Parts): RequestHandler {
  const { store, mongo } = parts;
  return route({ params: z.object({ id: z.uuid() }), body: cancellation }, async ({ params, body, req }) => {
    const user = currentUser(req);
    const version = ifMatchVersion(req);
    const found = await store.appointments.findOne({ _id: params.id });
    if (found === null || !mayRead(user, found)) throw new NotFound();
    if (wasAlreadyCancelled(found, version)) return replyWith(found);
    if (found.version !== version || found.status !== 'booked') throw new PreconditionFailed();
    if (found.start <= minuteOf(new Date())) throw alreadyBegun();
    const wish = { id: params.id, version, reason: body.reason ?? defaultReason(user) };
    const cancelled = await withTransaction(mongo, (tx) => cancel(parts, tx, wish));
    if (cancelled === undefined) throw new PreconditionFailed();
    return replyWith(cancelled);
  });
}
