import { LABEL } from '../../api/group.ts';
import { observabilityStacks, type ObservabilityStack } from '../../api/observabilitystack.ts';
import type { Controller } from '../../runtime/controller.ts';
import { metadataOnly } from '../../runtime/apply/owned-types.ts';
import type { Settings } from '../../config.ts';
import { readContent, type Content } from './content.ts';
import {
  configMaps,
  deployments,
  networkPolicies,
  pods,
  roleBindings,
  roles,
  serviceAccounts,
  services,
  statefulSets,
} from '../../k8s/types.ts';
import { enginePods } from '../../k8s/pods.ts';
import { refusedPodsWatch } from '../../k8s/refused-pods.ts';
import { ownerByLabel, watch } from '../../k8s/watch.ts';
import { stackConditions } from './conditions.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan, type StackSettings } from './plan.ts';

/** The controller of ObservabilityStack. */
export function observabilityStackController(
  settings: StackSettings & Pick<Settings, 'observabilityDir'>,
): Controller<ObservabilityStack, Observed> {
  let content: Content | undefined;
  const sources = {
    clusterDomain: settings.clusterDomain,
    // It comes with the operator's release and does not change while the operator runs.
    content: async (): Promise<Content> => (content ??= await readContent(settings.observabilityDir)),
  };
  return {
    type: observabilityStacks,
    owns: [
      deployments,
      statefulSets,
      ...metadataOnly(configMaps, networkPolicies, roleBindings, roles, serviceAccounts, services),
    ],
    conditions: stackConditions,
    // Which pods are to be scraped is looked up at every turn; only the stack's own parts are worth waking for.
    watches: [
      { type: pods, labelSelector: LABEL.scrape, map: () => [] },
      refusedPodsWatch(observabilityStacks.kind),
      watch({ type: enginePods, labelSelector: LABEL.observability, map: ownerByLabel(LABEL.observability) }),
    ],
    observe: (stack, context) => observe(stack, context, sources),
    plan: (stack, observed) => plan(stack, observed, settings),
  };
}
