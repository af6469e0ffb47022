import * as z from 'zod';
import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { VersionCurrent } from '../../engines/versions/conditions.ts';
import { notOffered, wantedImage, type Offers } from '../../engines/versions/offers.ts';
import { refusedStep } from '../../engines/versions/step.ts';
import { compareReleases, minorVersion, releaseOf } from '../../engines/versions/version.ts';
import { enableFeatureFlags } from '../../engines/rabbitmq/feature-flags.ts';
import type { ManagementClient } from '../../engines/rabbitmq/management.ts';
import { sentenceOf, type Refusal } from '../../engines/rabbitmq/refusals.ts';
import { imageOf, isOfOneTemplate } from '../../k8s/restarts.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { FeatureFlagsEnabled } from './conditions.ts';
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

/** Chooses the image of a broker: that of its version or of the chart, or the one that it has while it cannot get there. Pure. */
export function chosenImage(
  { spec, status }: MessageBroker,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  offers: Offers,
): ChosenImage {
  const asked = { engine: 'rabbitmq', version: spec.version } as const;
  const wanted = wantedImage(asked, offers);
  if (wanted === undefined)
    return stay(workload, VersionCurrent.because('VersionNotOffered', notOffered(asked, offers)));
  const { image, version = '' } = wanted;
  const running = status?.version;
  if (running === undefined)
    return { image, condition: VersionCurrent.because('NotAsked', 'nodes are asked when they are up') };
  const { pendingFeatureFlags } = status ?? {};
  const problem = refusedStep('rabbitmq', { version: running, pendingFeatureFlags }, version);
  if (problem !== undefined) return stay(workload, VersionCurrent.because(problem.reason, problem.message));
  if (!isOther(running, version))
    return { image, condition: VersionCurrent.because('Current', `every node runs ${running}`) };
  // Every pod has the image: a tag that says something else is only a name.
  if (imageOf(workload, 'rabbitmq') === image && isOfOneTemplate(workload, pods)) {
    const told = `every node runs ${running}; the image that stands for ${version} holds no such version`;
    return { image, condition: VersionCurrent.because('Current', told) };
  }
  const message = `nodes go from ${running} to ${version}, one after the other`;
  return { image, condition: VersionCurrent.because('Upgrading', message) };
}

/** An image whose tag says nothing is taken for what runs. */
function isOther(running: string, wanted: string): boolean {
  const [from, to] = [releaseOf(running), releaseOf(wanted)];
  return from !== undefined && to !== undefined && compareReleases(from, to) !== 0;
}

/** With the image that the nodes have. */
function stay(workload: StatefulSet | undefined, condition: JudgedCondition): ChosenImage {
  return { image: imageOf(workload, 'rabbitmq'), condition };
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
