import { LABEL } from '../../api/group.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { messageBrokers, type MessageBroker } from '../../api/messagebroker.ts';
import type { Authorities } from '../../pki/authority.ts';
import { byPodProviders } from '../../graph/pod-edges.ts';
import type { Controller } from '../../runtime/controller.ts';
import { enginePods } from '../../k8s/pods.ts';
import { refusedPodsWatch } from '../../k8s/refused-pods.ts';
import { persistentVolumeClaims, pods } from '../../k8s/types.ts';
import { ownerByLabel, watch } from '../../k8s/watch.ts';
import { allBeside, engineChildren, formerProvidersOf, zones } from '../providers.ts';
import type { Settings } from '../../config.ts';
import { act } from './act.ts';
import { brokerConditions } from './conditions.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

/** The controller of MessageBroker. */
export function messageBrokerController(
  settings: Settings,
  authorities: Authorities,
): Controller<MessageBroker, Observed> {
  const zoneOf = zones(settings.clusterDomain);
  const graceMs = settings.removalGraceSeconds * 1_000;
  const brokers = allBeside(messageBrokers);
  return {
    type: messageBrokers,
    owns: engineChildren,
    indexes: [byPodProviders],
    conditions: brokerConditions,
    judgedByAct: [
      'BrokerReachable',
      'TopologySynced',
      'QueuesAvailable',
      'AcceptsMessages',
      'DataOnVolume',
      'NodesAsDeclared',
      'FeatureFlagsEnabled',
    ],
    decides: ['shrinkingTo'],
    watches: [
      watch({ type: healthcareServices, map: brokers }),
      watch({ type: pods, labelSelector: LABEL.service, map: formerProvidersOf }),
      // Services that name no broker use the oldest one.
      watch({ type: messageBrokers, map: brokers }),
      watch({ type: enginePods, labelSelector: LABEL.broker, map: ownerByLabel(LABEL.broker) }),
      watch({ type: persistentVolumeClaims, labelSelector: LABEL.broker, map: ownerByLabel(LABEL.broker) }),
      refusedPodsWatch(messageBrokers.kind),
    ],
    observe: (broker, context) => observe(broker, context, authorities, { zone: zoneOf(broker), graceMs }),
    plan: (broker, observed) => plan(broker, observed, settings, zoneOf(broker)),
    act: (broker, observed, context) => act(broker, observed, zoneOf(broker), context),
  };
}
