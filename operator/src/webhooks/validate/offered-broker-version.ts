import type { MessageBroker } from '../../api/messagebroker.ts';
import { upgradeProblem } from '../../engines/rabbitmq/versions.ts';
import type { Finding } from './rule.ts';

/**
 * Refuses a version that the chart does not offer, and one that the engine cannot be upgraded to from what it runs. Pure.
 * @param before the object before the change: what it has already is not asked for
 * @param offered images by their versions
 */
export function offeredBrokerVersion(
  { spec: { version }, status }: MessageBroker,
  before: MessageBroker | undefined,
  offered: Readonly<Record<string, string>>,
): Finding[] {
  if (version === undefined || version === before?.spec.version) return [];
  if (!Object.hasOwn(offered, version)) return [refusal(notOffered(version, offered))];
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
