import { ensureCollections } from '@careplane/kit';
import type { Collection, Mongo, Transaction } from '@careplane/kit';

/** What became of an event: ids and codes, no address and no text. */
export interface Delivery {
  /** The event's id. */
  readonly _id: string;
  readonly event: string;
  /** Of whom it was about; mails about accounts may have no patient. */
  readonly patientId?: string;
  readonly outcome: 'sent' | 'no-consent' | 'no-address';
  readonly at: Date;
}

/** The record of what was sent and what was left unsent on purpose. */
export interface Deliveries {
  record(tx: Transaction, delivery: Delivery): Promise<void>;
  /** Removes what was noted about an erased patient. */
  removeAllOf(patientId: string): Promise<void>;
  /** Those of these patients of whom something is noted. */
  patientsIn(patientIds: readonly string[]): Promise<readonly string[]>;
}

/** As long as the inbox remembers its events. */
const KEEP_SECONDS = 30 * 86_400;

/** Makes the collection and gives the record. */
export async function openDeliveries(mongo: Mongo): Promise<Deliveries> {
  await ensureCollections(mongo, [
    {
      name: 'deliveries',
      indexes: [
        { key: { at: 1 }, name: 'expiry', expireAfterSeconds: KEEP_SECONDS },
        { key: { patientId: 1 }, name: 'patient', sparse: true },
      ],
    },
  ]);
  const deliveries: Collection<Delivery> = mongo.collection<Delivery>('deliveries');
  return {
    async record(tx, delivery): Promise<void> {
      await deliveries.insert([delivery], tx);
    },
    async removeAllOf(patientId): Promise<void> {
      await deliveries.deleteMany({ patientId });
    },
    async patientsIn(patientIds): Promise<readonly string[]> {
      const filter = { patientId: { $in: [...patientIds] } };
      const found = await deliveries.find(filter, { projection: { patientId: 1 } });
      return [...new Set(found.flatMap(({ patientId }) => patientId ?? []))];
    },
  };
}
