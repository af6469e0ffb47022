import type { Collection, CollectionSpec } from '@careplane/kit';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';

/** The patient of a launch context, by the grant whose tokens carry it: of grants from before it stood in them. */
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

/** A grant whose tokens are about one patient. */
export interface LaunchedGrant {
  patient?: string;
}

/** The patients of launch contexts. */
export interface Launches {
  /** The patient of the grant that a token comes from. */
  patientOf(ctx: KoaContextWithOIDC, grantId: string): Promise<string | undefined>;
}

export function createLaunches(records: Collection<LaunchRecord>): Launches {
  return {
    async patientOf(ctx, grantId): Promise<string | undefined> {
      const grant = ctx.oidc.entities.Grant as (Grant & LaunchedGrant) | undefined;
      return grant?.patient ?? (await records.findOne({ _id: grantId }))?.patient;
    },
  };
}
