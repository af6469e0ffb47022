import type { Mongo } from '@careplane/kit';
import { CONSENT_COLLECTION } from '../consents/collection.ts';

/** Whether somebody acts for a patient, all of whose records these are, by a Consent that is active. */
export async function isActedFor(mongo: Mongo, records: readonly string[]): Promise<boolean> {
  const proxies = {
    patientId: { $in: [...records] },
    'facts.status': 'active',
    'facts.proxy.person': { $exists: true },
  };
  return (await mongo.collection(CONSENT_COLLECTION).count(proxies, { limit: 1 })) > 0;
}
