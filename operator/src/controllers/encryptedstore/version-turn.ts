import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { setCompatibility } from '../../engines/mongodb/compatibility.ts';
import type { RunningMember } from '../../engines/running-member.ts';
import type { Offers } from '../../engines/versions/offers.ts';
import type { Context, Outcome } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import { VersionCurrent } from './conditions.ts';
import {
  chooseImage,
  judgeVersion,
  nextCompatibility,
  outdatedMembers,
  versionOfMembers,
  type ToldVersions,
} from './engine-version.ts';
import type { Observed } from './observed.ts';

/** Milliseconds until the next look while a version waits for this one. */
const SOON = 2_000;

/** What the members have told in this turn. */
export interface ToldMembers {
  members: ReadonlyMap<string, RunningMember>;
  /** Of MongoDB, where there is a primary. */
  compatibility?: string | undefined;
  /** `host:port` of the member that takes writes. */
  primary?: string | undefined;
}

/** Judges what the members run, and raises MongoDB's featureCompatibilityVersion after the last of them. */
export async function turnVersion(
  store: EncryptedStore,
  observed: Observed,
  { members, compatibility, primary }: ToldMembers,
  { signal, log, offers }: Pick<Context, 'signal' | 'log'> & { offers: Offers },
): Promise<Outcome<EncryptedStoreStatus>> {
  const choice = chooseImage(store, observed, offers);
  const told: ToldVersions = {
    versions: new Map([...members].map(([pod, { version }]) => [pod, version])),
    members: observed.members,
    outdated: outdatedMembers(store, observed, choice.image),
    compatibility,
  };
  const version = versionOfMembers(told);
  const status = version === undefined ? {} : { version };
  // The plan's words stand; what was not known for it is known now.
  if (choice.isHeld)
    return { status, ...(store.status?.version === version ? {} : { requeueAfterMs: SOON }) };
  const judged = judgeVersion(told);
  const conditions = judged === undefined ? [] : [judged];
  const next = nextCompatibility(told);
  if (next === undefined || primary === undefined) return { status, conditions };
  log.info('raises featureCompatibilityVersion', { from: compatibility, to: next });
  const { bundle: ca } = observed.certificate;
  try {
    await setCompatibility(primary, next, { ca, keyfile: observed.root, signal });
    return { status, conditions, requeueAfterMs: SOON };
  } catch (error) {
    signal.throwIfAborted();
    const message = `featureCompatibilityVersion cannot be raised to ${next}: ${describe(error)}`;
    return { status, conditions: [VersionCurrent.because('Upgrading', message)] };
  }
}
