import { messageBroker, type MessageBroker } from '../../api/messagebroker.ts';
import { upgradeProblem } from '../../engines/rabbitmq/versions.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import type { Finding } from './rule.ts';

/** Versions of engines that the chart offers, each with its image. */
export interface OfferedVersions {
  rabbitmq: Readonly<Record<string, string>>;
}

/**
 * Refuses a version that the chart does not offer, and one that the engine cannot be upgraded to from what it runs. Pure.
 * @param before the object before the change: what it has already is not asked for
 */
export function offeredVersions(
  object: KubeObject,
  before: KubeObject | undefined,
  { rabbitmq }: OfferedVersions,
): Finding[] {
  if (object.kind !== messageBroker.kind) return [];
  const { spec, status } = object as MessageBroker;
  const { version } = spec;
  if (version === undefined || version === (before as MessageBroker | undefined)?.spec.version) return [];
  if (!Object.hasOwn(rabbitmq, version)) return [refusal(notOffered(version, rabbitmq))];
  const { version: running, pendingFeatureFlags = [] } = status ?? {};
  const problem = running === undefined ? undefined : upgradeProblem(running, version, pendingFeatureFlags);
  return problem === undefined ? [] : [refusal(problem.message)];
}

function notOffered(version: string, offered: Readonly<Record<string, string>>): string {
  const versions = Object.keys(offered);
  if (versions.length === 0)
    return `version ${version} is not offered: the chart has no engines.versions.rabbitmq; leave it out for the image of the chart`;
  return `version ${version} is not offered; the chart offers ${versions.join(', ')}`;
}

function refusal(message: string): Finding {
  return { effect: 'refuse', field: 'spec.version', message };
}
