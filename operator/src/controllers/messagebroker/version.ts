import * as z from 'zod';
import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import type { Offer } from '../../engines/versions/offers.ts';
import { enableFeatureFlags } from '../../engines/rabbitmq/feature-flags.ts';
import type { ManagementClient } from '../../engines/rabbitmq/management.ts';
import { sentenceOf, type Refusal } from '../../engines/rabbitmq/refusals.ts';
import { minorVersion, upgradeProblem } from '../../engines/rabbitmq/versions.ts';
import { imageOf, isOfOneTemplate } from '../../k8s/restarts.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { FeatureFlagsEnabled, VersionAsDeclared } from './conditions.ts';
import { isWhole } from './membership.ts';
import type { Membership } from './nodes-as-declared.ts';
import type { Observed } from './observed.ts';

type VersionStatus = Pick<MessageBrokerStatus, 'version' | 'pendingFeatureFlags'>;

/** The image that the nodes are to run, and how it comes to that. */
export interface ChosenImage {
  /** Absent: there is none for a broker that does not run yet. */
  image: string | undefined;
  condition: JudgedCondition;
}

/** Chooses the image of a broker: that of its version, or the one that it has while it cannot get there. Pure. */
export function chosenImage(
  { spec, status }: MessageBroker,
  workload: StatefulSet | undefined,
  { fallback, versions }: Offer,
): ChosenImage {
  const { version } = spec;
  if (version === undefined) return asDeclared(fallback.image, 'the version is that of the chart');
  const image = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (image === undefined) {
    const offered = Object.keys(versions).join(', ') || 'none';
    const message = `no image is known for version ${version}; the chart offers: ${offered}`;
    return stay(workload, VersionAsDeclared.because('NotOffered', message));
  }
  if (status?.version === undefined) return asDeclared(image, `the version is to be ${version}`);
  const problem = upgradeProblem(status.version, version, status.pendingFeatureFlags ?? []);
  if (problem !== undefined)
    return stay(workload, VersionAsDeclared.because(problem.reason, problem.message));
  if (status.version === version) return asDeclared(image, `every node runs ${version}`);
  const message = `nodes go from ${status.version} to ${version}, one after the other`;
  return { image, condition: VersionAsDeclared.because('Upgrading', message) };
}

/** With the image that the nodes have. */
function stay(workload: StatefulSet | undefined, condition: JudgedCondition): ChosenImage {
  return { image: imageOf(workload, 'rabbitmq'), condition };
}

function asDeclared(image: string, message: string): ChosenImage {
  return { image, condition: VersionAsDeclared.because('AsDeclared', message) };
}

/** What the status knew of it already. */
export function knownVersion({ status }: MessageBroker): VersionStatus {
  const { version, pendingFeatureFlags } = status ?? {};
  return {
    ...(version === undefined ? {} : { version }),
    ...(pendingFeatureFlags === undefined ? {} : { pendingFeatureFlags }),
  };
}

/** What a broker tells of its version. */
export interface SeenVersion {
  status: VersionStatus;
  /** The condition `FeatureFlagsEnabled`. */
  flags: JudgedCondition;
}

/** The condition as long as no node can be asked. */
export const FLAGS_UNASKED = FeatureFlagsEnabled.because(
  'Waiting',
  'enabled once every node runs the version',
);

const overviewSchema = z.object({ rabbitmq_version: z.string() });

/** Enables the feature flags of the version once every node has it, and asks which one it is. Until then the status stays as it is. */
export async function seeVersion(
  membership: Membership,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  client: ManagementClient,
): Promise<SeenVersion> {
  if (!isWhole(membership) || !isOfOneTemplate(workload, pods)) return { status: {}, flags: FLAGS_UNASKED };
  const { refused, pending } = await enableFeatureFlags(client);
  const overview = overviewSchema.parse(await client.get('/overview?columns=rabbitmq_version'));
  const version = minorVersion(overview.rabbitmq_version);
  const pendingFeatureFlags = pending.length === 0 ? undefined : pending;
  // A field that is there and undefined takes the planned one away.
  const status = { ...(version === undefined ? {} : { version }), pendingFeatureFlags } as VersionStatus;
  return { status, flags: flagsCondition(refused) };
}

function flagsCondition(refused: readonly Refusal[]): JudgedCondition {
  return refused.length === 0
    ? FeatureFlagsEnabled.because('Enabled', 'every stable one of the version is enabled')
    : FeatureFlagsEnabled.because('Refused', `the broker did not take ${sentenceOf(refused)}`);
}
