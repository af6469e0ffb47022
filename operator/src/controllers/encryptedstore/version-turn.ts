import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { setCompatibility } from '../../engines/mongodb/compatibility.ts';
import type { RunningMember } from '../../engines/running-member.ts';
import { VersionCurrent } from '../../engines/versions/conditions.ts';
import { wantedImage, type Offers } from '../../engines/versions/offers.ts';
import type { Context, Outcome } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import {
  chooseImage,
  isRolledOut,
  judgeVersion,
  nextCompatibility,
  versionOfMembers,
  type ImageChoice,
  type ToldVersions,
} from './engine-version.ts';
import type { Observed } from './observed.ts';

type VersionOutcome = Outcome<EncryptedStoreStatus>;

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
): Promise<VersionOutcome> {
  const choice = chooseImage(store, observed, offers);
  const told: ToldVersions = {
    versions: new Map([...members].map(([pod, { version }]) => [pod, version])),
    members: observed.members,
    wanted: choice.isHeld ? undefined : wantedImage(store.spec, offers)?.version,
    isRolledOut: isRolledOut(store, observed, choice.image),
    compatibility,
  };
  const outcome = seen(store, told, choice);
  const next = mayRaise(choice) ? nextCompatibility(told) : undefined;
  if (next === undefined || primary === undefined) return outcome;
  log.info('raises featureCompatibilityVersion', { from: compatibility, to: next });
  const { bundle: ca } = observed.certificate;
  try {
    await setCompatibility(primary, next, { ca, keyfile: observed.root, signal });
    return { ...outcome, requeueAfterMs: SOON };
  } catch (error) {
    signal.throwIfAborted();
    const message = `featureCompatibilityVersion cannot be raised to ${next}: ${describe(error)}`;
    return { ...outcome, conditions: [VersionCurrent.because('FormatNotRaised', message)] };
  }
}

/** What the status says of the versions that the members have told. */
function seen(store: EncryptedStore, told: ToldVersions, { isHeld }: ImageChoice): VersionOutcome {
  const version = versionOfMembers(told);
  const judged = judgeVersion(told);
  return {
    status: version === undefined ? {} : { version },
    // What is held has its reason from the plan.
    conditions: judged === undefined || isHeld ? [] : [judged],
    // A plan that did not know the version yet is made again.
    ...(version === undefined || version === store.status?.version ? {} : { requeueAfterMs: SOON }),
  };
}

/** An upgrade that is held may wait for just this. Who wants another version than what runs may want to go back. */
function mayRaise({ isHeld, condition }: ImageChoice): boolean {
  return !isHeld || condition.reason === 'UpgradeRefused';
}
