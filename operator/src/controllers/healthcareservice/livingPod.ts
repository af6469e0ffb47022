import type { Pod } from './kubernetes.ts';

/** Phases that are final: the pod was evicted, refused by its node, or ended; its Deployment has made another in its place. */
const ENDED = new Set(['Failed', 'Succeeded']);

/** Whether the pod may still answer: one that has ended stays in the API server for a while, and says nothing about its service. */
export function isLiving({ status }: Pick<Pod, 'status'>): boolean {
  return !ENDED.has(status?.phase ?? '');
}
