import { erasedCollection } from '@careplane/kit';
import type { CollectionSpec } from '@careplane/kit';

/** Why a patient is erased: a code, since a text would have to be erased as well. */
export const ERASURE_REASONS = ['patient-request', 'retention-ended', 'unlawful', 'court-order'] as const;
export type ErasureReason = (typeof ERASURE_REASONS)[number];

/** Why data must be kept whatever else is asked for. */
export const HOLD_REASONS = ['litigation', 'investigation', 'audit', 'public-health', 'court-order'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/**
 * - `asked`: by one person; somebody else has to approve it.
 * - `approved`: it is done once it is due and nothing holds it.
 * - `erasing`: identity's keys and data are destroyed; other services are at it.
 * - `done`: every service has said so.
 * - `withdrawn`: before it was due.
 */
export type ErasureState = 'asked' | 'approved' | 'erasing' | 'done' | 'withdrawn';

/** An erasure, which stays when nothing else of the patient does: ids, codes and times. */
export interface ErasureRecord {
  _id: string;
  /** The patient who was named, and all records of the same human that were merged. */
  patients: readonly string[];
  reason: ErasureReason;
  state: ErasureState;
  /** Present and true until it is done or withdrawn: a patient has one at a time. */
  open?: true;
  askedBy: string;
  askedAt: Date;
  approvedBy?: string;
  approvedAt?: Date;
  /** Not before this. */
  dueAt?: Date;
  withdrawnBy?: string;
  erasedAt?: Date;
  /** When services were told last. */
  toldAt?: Date;
  /** Who has not said yet that nothing is left: `<service> <patient>`. */
  left?: readonly string[];
  /** Accounts whose sessions are still to be ended in the cache. */
  accounts?: readonly string[];
  doneAt?: Date;
}

/** That a patient's data must be kept. It is never deleted but with the patient. */
export interface LegalHold {
  _id: string;
  patientId: string;
  reason: HoldReason;
  placedBy: string;
  placedAt: Date;
  /** Absent: until it is lifted. */
  until?: Date;
  liftedBy?: string;
  liftedAt?: Date;
}

export const ERASURES = 'erasures';
export const HOLDS = 'legal_holds';

export const erasureCollections: readonly CollectionSpec[] = [
  {
    name: ERASURES,
    indexes: [
      {
        key: { patients: 1 },
        name: 'one_of_patient',
        unique: true,
        partialFilterExpression: { open: true },
      },
      { key: { state: 1, dueAt: 1 }, name: 'state' },
      { key: { askedAt: -1 }, name: 'asked' },
    ],
  },
  { name: HOLDS, indexes: [{ key: { patientId: 1, placedAt: -1 }, name: 'patient' }] },
  erasedCollection,
];
