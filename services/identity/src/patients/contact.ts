import { NotFound, route, serviceAgent } from '@careplane/kit';
import type { Access, RequestHandler, Stored } from '@careplane/kit';
import { z } from 'zod';
import { wantsMessages } from '../consents/consents.ts';
import type { Parts } from '../parts.ts';
import { callName, contactEmail } from '../persons/contact.ts';
import { namesIn, telecomIn } from '../persons/elements.ts';

/**
 * `GET /internal/contacts/:patientId`, for the service notifications only: the least that a message needs, with the
 * consents as they stand now. `email` is absent for a patient without one.
 */
export function readContact(parts: Pick<Parts, 'persons' | 'facts' | 'accounts' | 'audit'>): RequestHandler {
  const { persons, facts, audit } = parts;
  return route({ params: z.object({ patientId: z.uuid() }) }, async ({ params: { patientId } }) => {
    const patient = await persons.of('Patient').read(patientId);
    if (!patient) throw new NotFound();
    const records = await persons.merges.allOf(patientId);
    await audit.record([contactRead(patient)]);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        patientId,
        givenName: callName(namesIn(patient)),
        email: await addressOf(parts, patient),
        // Messages about care that a patient has asked for are part of that care, unless they were refused.
        consents: { 'notifications.email': await wantsMessages(facts.consents, records) },
      },
    };
  });
}

/** A name and an address leave for another service: a read of the Patient, by that service. */
function contactRead({ id, meta }: Stored): Access {
  return {
    action: 'read',
    outcome: 'granted',
    agent: serviceAgent('notifications'),
    purpose: 'HOPERAT',
    entities: [{ type: 'Patient', id, version: meta.versionId }],
    patient: id,
  };
}

/** Patients write their own Patient: whoever has an account gets mail at its address, which was verified. */
async function addressOf(
  { accounts }: Pick<Parts, 'accounts'>,
  patient: Stored,
): Promise<string | undefined> {
  const account = await accounts.ofPerson({ type: 'Patient', id: patient.id });
  const verified = account && (await accounts.addressOf(account));
  return verified ?? contactEmail(telecomIn(patient));
}
