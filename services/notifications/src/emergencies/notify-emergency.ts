import type { CloudEvent } from '@careplane/kit';
import { send } from '../delivery/notify.ts';
import type { Notifier, NotifierParts } from '../delivery/notify.ts';
import { renderReviewMail } from '../mail/render.ts';

/** What is needed to tell of emergency access. */
export interface EmergencyNotifierParts extends Pick<
  NotifierParts,
  'inbox' | 'deliveries' | 'mailer' | 'mailDomain' | 'timeZone' | 'count'
> {
  /** Who reviews emergency access: mail addresses of the clinic. */
  readonly reviewers: readonly string[];
  /** Tells the patient, as their consent to mails allows. */
  readonly notify: Notifier;
}

type Outcome = 'ok' | 'duplicate';

/**
 * Tells compliance and the patient that a record was opened in an emergency. Each of them is told once: the inbox has an entry for
 * each mail, so that one address that fails is tried again without the others.
 *
 * It throws what the first failing mail throws, after all the others were tried.
 */
export function createEmergencyNotifier(
  parts: EmergencyNotifierParts,
): (event: CloudEvent<'access.emergency'>, signal: AbortSignal) => Promise<Outcome> {
  return async ({ id, type, time, data: { grantId, patientId } }, signal) => {
    const review = renderReviewMail({ start: time, grantId }, parts.timeZone);
    const tellReviewer = async (to: string, at: number): Promise<Outcome> => {
      const eventId = `${id}.review.${String(at)}`;
      if (await parts.inbox.has(eventId)) return 'duplicate';
      await send(parts, { eventId, to, mail: review }, signal);
      const delivery = { _id: eventId, event: type, outcome: 'sent', at: new Date() } as const;
      const result = await parts.inbox.once(eventId, (tx) => parts.deliveries.record(tx, delivery));
      if (result === 'ok') parts.count(type, 'sent');
      return result;
    };
    const topic = { about: 'emergency', start: time } as const;
    const told = await Promise.allSettled([
      ...parts.reviewers.map(tellReviewer),
      parts.notify({ eventId: id, event: type, patientId, topic }, signal),
    ]);
    const failed = told.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return told.some((one) => one.status === 'fulfilled' && one.value === 'ok') ? 'ok' : 'duplicate';
  };
}
