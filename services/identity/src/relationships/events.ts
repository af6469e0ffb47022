import type { EventHandlers, Inbox } from '@careplane/kit';
import type { Visits } from './visits.ts';

/** What identity does when visits are booked and cancelled; each event once. */
export function visitHandlers(inbox: Inbox, visits: Visits): EventHandlers {
  return {
    'appointment.booked': (event) =>
      inbox.once(event.id, (tx) => visits.booked(tx, event.data, new Date(event.time))),
    'appointment.cancelled': (event) =>
      inbox.once(event.id, (tx) => visits.cancelled(tx, event.data, new Date(event.time))),
  };
}
