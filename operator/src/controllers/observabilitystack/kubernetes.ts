import type { ResourceType } from '../../runtime/kube.ts';
import type { ScrapedPodObject } from './observed.ts';

export { roleBindings, roles, statefulSets } from '../../workloads/kinds.ts';
export {
  configMaps,
  deployments,
  networkPolicies,
  serviceAccounts,
  services,
} from '../healthcareservice/kubernetes.ts';

/** Pods, with the fields that tell where they are scraped. */
export const pods: ResourceType<ScrapedPodObject> = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
