import { LABEL } from '../../api/group.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { messageBrokers, type MessageBroker } from '../../api/messagebroker.ts';
import type { Authorities } from '../../pki/authority.ts';
import type { Cache, Controller } from '../../runtime/controller.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { metadataOnly } from '../../runtime/apply/ownedTypes.ts';
import type { Zone } from '../../workloads/dnsNames.ts';
import { statefulSets } from '../../workloads/kinds.ts';
import { enginePods } from '../../workloads/pods.ts';
import { ownerByLabel, watch } from '../../workloads/watch.ts';
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  services,
} from '../healthcareservice/kubernetes.ts';
import type { Settings } from '../settings.ts';
import { act } from './act.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

/** The controller of MessageBroker. */
export function messageBrokerController(
  settings: Settings,
  authorities: Authorities,
): Controller<MessageBroker, Observed> {
  const zoneOf = ({ metadata }: MessageBroker): Zone => ({
    namespace: metadata.namespace ?? '',
    clusterDomain: settings.clusterDomain,
  });
  return {
    type: messageBrokers,
    owns: [
      ...metadataOnly(secrets, configMaps, services, podDisruptionBudgets, networkPolicies),
      statefulSets,
    ],
    judgedByAct: ['BrokerReachable', 'TopologySynced'],
    watches: [
      watch({ type: healthcareServices, map: brokersOfNamespace }),
      // Another broker in the namespace may make the choice of one ambiguous.
      watch({ type: messageBrokers, map: brokersOfNamespace }),
      watch({ type: enginePods, labelSelector: LABEL.broker, map: ownerByLabel(LABEL.broker) }),
    ],
    observe: (broker, context) => observe(broker, context, authorities, zoneOf(broker)),
    plan: (broker, observed) => plan(broker, observed, settings, zoneOf(broker)),
    act: (broker, observed, context) => act(broker, observed, zoneOf(broker), context),
  };
}

/** All of them: an edge that was taken away can be read nowhere any more. */
function brokersOfNamespace({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  return cache.list(messageBrokers, metadata.namespace).map((broker) => ({
    namespace: broker.metadata.namespace ?? '',
    name: broker.metadata.name,
  }));
}
