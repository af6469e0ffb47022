import type { Collection, CollectionSpec } from '@careplane/kit';

/** The patient of a launch context, by the grant whose tokens carry it. */
export interface LaunchRecord {
  /** The grant. */
  readonly _id: string;
  readonly patient: string;
  readonly expiresAt: Date;
}

export const launchCollections: CollectionSpec[] = [
  {
    name: 'launch_contexts',
    indexes: [{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 60 }],
  },
];

export interface Launches {
  save(grantId: string, patient: string, seconds: number): Promise<void>;
  patientOf(grantId: string): Promise<string | undefined>;
}

export function createLaunches(records: Collection<LaunchRecord>): Launches {
  return {
    async save(grantId, patient, seconds): Promise<void> {
      const expiresAt = new Date(Date.now() + seconds * 1000);
      await records.insert([{ _id: grantId, patient, expiresAt }]);
    },
    async patientOf(grantId): Promise<string | undefined> {
      return (await records.findOne({ _id: grantId }))?.patient;
    },
  };
}
