import { condition, list, type Resource } from './cluster.ts';

/** Pods that are looked into at a time, so that the machine's two cores have something to do and are not overrun. */
const AT_ONCE = 4;

/** Whether a pod runs and nobody has asked for its end: the autoscaler takes pods away while tests look at them. */
export function isStaying({ metadata, status }: Resource): boolean {
  return status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
}

/** Whether a pod stays and answers. */
export function isReady(pod: Resource): boolean {
  return isStaying(pod) && condition(pod, 'Ready')?.status === 'True';
}

/** The pods of some namespaces that run and stay. */
export async function stayingPods(...namespaces: string[]): Promise<Resource[]> {
  const pods = await Promise.all(namespaces.map(async (name) => await list('pods', '-n', name)));
  return pods.flat().filter(isStaying);
}

/** What was found in a pod, and whether it stayed while it was looked into. */
export interface Look<T> {
  pod: Resource;
  found: T;
  stayed: boolean;
}

/**
 * Looks into pods, a few at a time. A pod that cannot be looked into because it goes meanwhile is left out, so a test has to
 * say which pods it must have seen; rejects when a pod cannot be looked into and stays. `staysNow` reads the pods that stay.
 */
export async function lookInto<T>(
  pods: readonly Resource[],
  look: (pod: Resource) => Promise<T>,
  staysNow: (...namespaces: string[]) => Promise<Resource[]> = stayingPods,
): Promise<Look<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  for (let i = 0; i < pods.length; i += AT_ONCE)
    results.push(...(await Promise.allSettled(pods.slice(i, i + AT_ONCE).map(look))));
  // Asked afterwards: the API knows that a pod is to end before any of its processes does.
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
