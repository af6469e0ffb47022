import type { Cache, Watch } from '../runtime/controller.ts';
import { KIND_LABEL, OWNER_LABEL } from '../runtime/keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../runtime/kube.ts';
import { isStaying } from '../runtime/cache/staying.ts';
import { statefulSets, type Pod } from './types.ts';
import { watch } from './watch.ts';

/** An event, as far as a refusal is read from it. */
export interface CreationEvent extends KubeObject {
  reason?: string;
  regarding?: { kind?: string; name?: string; namespace?: string };
  note?: string;
  eventTime?: string | null;
  series?: { lastObservedTime?: string };
  deprecatedLastTimestamp?: string;
}

const FAILED_CREATE = 'FailedCreate';
const STATEFUL_SET = statefulSets.kind;

export const creationEvents: ResourceType<CreationEvent> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** A quota and PodSecurity speak in a sentence or two; a webhook may say anything. */
const MESSAGE_LIMIT = 500;

/** Wakes the owner of a StatefulSet whose pods, or whose pods' claims, the API server refuses. A StatefulSet has no condition for it. */
export function refusedPodsWatch(kind: string): Watch {
  return watch({
    type: creationEvents,
    fieldSelector: `reason=${FAILED_CREATE}`,
    map: (event, cache) => ownerOf(event, kind, cache),
  });
}

function ownerOf({ regarding }: CreationEvent, kind: string, cache: Cache): ObjectKey[] {
  const { name, namespace = '' } = regarding ?? {};
  if (regarding?.kind !== STATEFUL_SET || name === undefined) return [];
  const labels = cache.get(statefulSets, { namespace, name })?.metadata.labels ?? {};
  const owner = labels[OWNER_LABEL];
  return owner === undefined || labels[KIND_LABEL] !== kind.toLowerCase() ? [] : [{ namespace, name: owner }];
}

/** What decides about a refusal. */
export interface WantedPods {
  /** Name of the StatefulSet. */
  set: string;
  namespace: string;
  /** How many there are to be. */
  replicas: number;
  pods: readonly Pod[];
}

/** What the API server said when it last refused a pod that is missing; `undefined` when none is, or none was refused since. */
export function refusalOf({ set, namespace, replicas, pods }: WantedPods, cache: Cache): string | undefined {
  if (pods.filter(isStaying).length >= replicas) return undefined;
  // One that is being replaced was made after what was refused before.
  const newestPod = latest(pods.map(({ metadata }) => metadata.creationTimestamp ?? ''));
  const [last] = cache
    .list(creationEvents, namespace)
    .filter(({ reason, regarding }) => reason === FAILED_CREATE && isOf(regarding, set))
    .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  return last === undefined || timeOf(last) < newestPod ? undefined : last.note?.slice(0, MESSAGE_LIMIT);
}

function isOf(regarding: CreationEvent['regarding'], set: string): boolean {
  return regarding?.kind === STATEFUL_SET && regarding.name === set;
}

function timeOf({ series, deprecatedLastTimestamp, eventTime, metadata }: CreationEvent): string {
  return latest([
    series?.lastObservedTime ?? '',
    deprecatedLastTimestamp ?? '',
    eventTime ?? '',
    metadata.creationTimestamp ?? '',
  ]);
}

function latest(times: readonly string[]): string {
  return times.reduce((last, time) => (time > last ? time : last), '');
}
