import type { EventHandlers, Inbox, Transaction } from '@careplane/kit';
import type { Visits } from './visits.ts';

/** Knows who was erased. */
export interface Erased {
  isErased(patientId: string, tx: Transaction): Promise<boolean>;
}

/** What identity does when visits are booked and cancelled; each event once, and nothing about an erased patient. */
export function visitHandlers(inbox: Inbox, visits: Visits, erased: Erased): EventHandlers {
  return {
    'appointment.booked': ({ id, data, time }) =>
      inbox.once(id, async (tx) => {
        if (!(await erased.isErased(data.patientId, tx))) await visits.booked(tx, data, new Date(time));
      }),
    'appointment.cancelled': ({ id, data, time }) =>
      inbox.once(id, async (tx) => {
        if (!(await erased.isErased(data.patientId, tx))) await visits.cancelled(tx, data, new Date(time));
      }),
  };
}
