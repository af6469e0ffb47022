import { condition, list, type Resource } from './cluster.ts';

/** Pods that are inspected at a time: enough to keep the machine's two cores busy. */
const AT_ONCE = 4;

/** Whether a pod runs and is not terminating: the autoscaler removes pods while tests inspect them. */
export function isStaying({ metadata, status }: Resource): boolean {
  return status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
}

/** Whether a pod is Ready and not terminating. */
export function isReady(pod: Resource): boolean {
  return isStaying(pod) && condition(pod, 'Ready')?.status === 'True';
}

/** The pods of some namespaces that run and are not terminating. */
export async function stayingPods(...namespaces: string[]): Promise<Resource[]> {
  const pods = await Promise.all(namespaces.map(async (name) => await list('pods', '-n', name)));
  return pods.flat().filter(isStaying);
}

/** The result of a pod's inspection, and whether the pod stayed meanwhile. */
export interface Look<T> {
  pod: Resource;
  found: T;
  stayed: boolean;
}

/**
 * Inspects pods, a few at a time. It skips a pod that ends meanwhile, so a test must say which pods it needs. It
 * rejects when the inspection of a pod fails that stays. `staysNow` lists the pods that stay.
 */
export async function lookInto<T>(
  pods: readonly Resource[],
  look: (pod: Resource) => Promise<T>,
  staysNow: (...namespaces: string[]) => Promise<Resource[]> = stayingPods,
): Promise<Look<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  for (let i = 0; i < pods.length; i += AT_ONCE)
    results.push(...(await Promise.allSettled(pods.slice(i, i + AT_ONCE).map(look))));
  // Listed afterwards: the API marks a pod for deletion before its processes end.
  const left = uidsOf(await staysNow(...new Set(pods.map(({ metadata }) => metadata.namespace))));
  return pods.flatMap((pod, i) => {
    const result = results[i] as PromiseSettledResult<T>;
    const stayed = left.has(pod.metadata.uid);
    if (result.status === 'fulfilled') return [{ pod, found: result.value, stayed }];
    if (!stayed) return [];
    throw new Error(`pod ${pod.metadata.name} stays and cannot be looked into`, { cause: result.reason });
  });
}

export function uidsOf(objects: readonly Resource[]): Set<string> {
  return new Set(objects.map(({ metadata }) => metadata.uid));
}
