import type { VersionedEngine } from './offers.ts';
import { compareReleases, releaseOf, releaseText, type Release } from './version.ts';

/** What the members of a store or the nodes of a broker run. */
export interface Running {
  /** The oldest that a member runs: `6.0.27`. */
  version: string;
  /** MongoDB's featureCompatibilityVersion: which release's format the data has. */
  compatibility?: string | undefined;
  /** RabbitMQ's stable feature flags that are not enabled yet: the next version does not start without them. */
  pendingFeatureFlags?: readonly string[] | undefined;
}

/** Why an engine may not go to another version. */
export interface Refusal {
  reason: 'UpgradeRefused' | 'DowngradeRefused' | 'FlagsPending';
  message: string;
}

/** Why the step from what runs to a wanted version is not taken; `undefined` when it is, or nobody can tell. Pure. */
export function refusedStep(engine: VersionedEngine, running: Running, wanted: string): Refusal | undefined {
  const [from, to] = [releaseOf(running.version), releaseOf(wanted)];
  if (from === undefined || to === undefined) return undefined;
  switch (engine) {
    case 'mongodb':
      return mongodbStep(from, to, running.compatibility);
    case 'redis':
      return redisStep(from, to);
    case 'rabbitmq':
      return rabbitmqStep(from, to, running.pendingFeatureFlags ?? []);
  }
}

/**
 * One major release at a time, and from one to the next only when the data has the format of the present one.
 * https://www.mongodb.com/docs/manual/release-notes/8.0-upgrade-replica-set/
 */
function mongodbStep(from: Release, to: Release, compatibility: string | undefined): Refusal | undefined {
  const data = releaseOf(compatibility ?? '') ?? from;
  if (compareReleases(to, data) < 0 && compatibility !== undefined) return mongodbDowngrade(to, data);
  if (compareReleases(to, from) <= 0) return undefined;
  const next = skipped(from, to);
  if (next !== undefined)
    return upgrade(`MongoDB goes one major release at a time: from ${releaseText(from)} to ${next}.0 first`);
  if (compareReleases(data, from) >= 0) return undefined;
  return upgrade(
    `the members run ${releaseText(from)} and featureCompatibilityVersion is still ${releaseText(data)}: the operator raises it once all of them do`,
  );
}

/** The major release that has to come first; a minor release of the next one comes after its `.0`. */
function skipped(from: Release, { major, minor = 0 }: Release): number | undefined {
  if (major - from.major > 1) return from.major + 1;
  return major > from.major && minor > 0 ? major : undefined;
}

function mongodbDowngrade(to: Release, data: Release): Refusal {
  const message = `MongoDB ${releaseText(to)} does not open data of featureCompatibilityVersion ${releaseText(data)}: restore a backup into a store of that version`;
  return { reason: 'DowngradeRefused', message };
}

/** An older server does not read what a newer one has written: https://redis.io/docs/latest/operate/oss_and_stack/install/upgrade/ */
function redisStep(from: Release, to: Release): Refusal | undefined {
  if (compareReleases(to, from) >= 0) return undefined;
  const message = `Redis ${releaseText(to)} does not read what ${releaseText(from)} has written (format of RDB and of the append-only file): make a new store of that version`;
  return { reason: 'DowngradeRefused', message };
}

/** The last release of RabbitMQ 3, and what it can be upgraded to. */
const LAST_OF_3 = { major: 3, minor: 13 };
const AFTER_3 = [0, 1, 2].map((minor) => ({ major: 4, minor }));

/** One minor release at a time: https://www.rabbitmq.com/docs/upgrade#rabbitmq-version-upgradability */
function rabbitmqStep(from: Release, to: Release, flags: readonly string[]): Refusal | undefined {
  const order = compareReleases(to, from);
  if (order < 0) {
    const message = `RabbitMQ ${releaseText(to)} does not read the data of ${releaseText(from)}, which it runs: put the version back, or make a new broker`;
    return { reason: 'DowngradeRefused', message };
  }
  if (order === 0) return undefined;
  const next = compareReleases(from, LAST_OF_3) === 0 ? AFTER_3 : [{ ...from, minor: (from.minor ?? 0) + 1 }];
  if (next.every((release) => compareReleases(release, to) !== 0))
    return upgrade(
      `from RabbitMQ ${releaseText(from)} the way to ${releaseText(to)} is by way of ${next.map(releaseText).join(' or ')}`,
    );
  const message = `these feature flags have to be enabled before: ${flags.join(', ')}`;
  return flags.length === 0 ? undefined : { reason: 'FlagsPending', message };
}

function upgrade(message: string): Refusal {
  return { reason: 'UpgradeRefused', message };
}

/** The oldest of several versions. */
export function oldest(versions: readonly string[]): string | undefined {
  const byRelease = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
  return [...versions].sort(byRelease)[0];
}

/**
 * The featureCompatibilityVersion to set now: when every member runs one release whose format the data has not yet. Pure.
 * @param versions of all members that there are to be
 */
export function compatibilityToSet(
  versions: readonly string[],
  compatibility: string | undefined,
): string | undefined {
  const [first = '', ...others] = versions.map((version) => releaseText(releaseOf(version) ?? { major: 0 }));
  const [members, data] = [releaseOf(first), releaseOf(compatibility ?? '')];
  if (members === undefined || data === undefined || others.some((other) => other !== first))
    return undefined;
  return compareReleases(data, members) < 0 ? first : undefined;
}
