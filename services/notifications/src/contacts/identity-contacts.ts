import { CallFailed } from '@careplane/kit';
import type { InternalClient } from '@careplane/kit';
import { z } from 'zod';
import type { Contact, Contacts } from './contacts.ts';

const contact = z.object({
  // empty of a patient without a name
  givenName: z.string(),
  email: z.email().optional(),
  consents: z.object({ 'notifications.email': z.boolean() }),
});

/** Asks identity for each contact, so that a consent withdrawn counts from the next mail on. */
export function identityContacts(identity: Pick<InternalClient, 'getJson'>): Contacts {
  return {
    async find(patientId, signal): Promise<Contact | undefined> {
      try {
        const path = `/internal/contacts/${encodeURIComponent(patientId)}`;
        const { givenName, email, consents } = await identity.getJson(path, contact, { signal });
        return { givenName, email, consented: consents['notifications.email'] };
      } catch (error) {
        if (error instanceof CallFailed && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
