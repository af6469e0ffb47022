import { NotFound, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import { wantsMessages } from '../consents/consents.ts';
import { readConsents } from '../consents/read.ts';
import type { Consent } from '../consents/read.ts';
import type { Parts } from '../parts.ts';
import { callName, contactEmail } from '../persons/contact.ts';
import { namesIn, telecomIn } from '../persons/elements.ts';

/**
 * `GET /internal/contacts/:patientId`, for the service notifications only: the least that a message needs, with the
 * consents as they stand now. `email` is absent for a patient without one.
 */
export function readContact({ store, persons, facts }: Parts): RequestHandler {
  return route({ params: z.object({ patientId: z.uuid() }) }, async ({ params: { patientId } }) => {
    const patient = await persons.of('Patient').read(patientId);
    if (!patient) throw new NotFound();
    const consents = await readConsents(store, patientId);
    const messages = await wantsMessages(facts.consents, patientId);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        patientId,
        givenName: callName(namesIn(patient)),
        email: contactEmail(telecomIn(patient)),
        consents: Object.fromEntries(
          consents.map((consent) => [consent.scope, isGranted(consent, messages)]),
        ),
      },
    };
  });
}

/** About e-mails the flag of `/v1` or the FHIR Consent counts, whichever was said last. */
function isGranted(
  { scope, granted, updatedAt }: Consent,
  messages: Awaited<ReturnType<typeof wantsMessages>>,
): boolean {
  if (scope !== 'notifications.email' || !messages) return granted;
  return updatedAt !== undefined && Date.parse(updatedAt) > messages.at.getTime() ? granted : messages.granted;
}
