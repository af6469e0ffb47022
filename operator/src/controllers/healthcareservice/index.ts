import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { observabilityStacks } from '../../api/observabilitystack.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import type { Authorities } from '../../pki/authority.ts';
import type { Controller, Watch } from '../../runtime/controller.ts';
import { byPodCalls } from '../../graph/pod-edges.ts';
import { systemClock } from '../../runtime/clock.ts';
import { KIND_LABEL } from '../../runtime/keys.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { metadataOnly } from '../../runtime/apply/owned-types.ts';
import type { Settings } from '../../config.ts';
import { byPolicy, OF_AGENT, policyEvents, subjectOf } from './network/blocked-flows.ts';
import { serviceConditions } from './conditions/index.ts';
import { Neighbours, servicesOfPod, usersOfBrokers, usersOfSecret, usersOfStore } from './concerned.ts';
import { mayTakeReplicas, targetOf } from '../../k8s/foreign-autoscaler.ts';
import { serviceGauges } from './gauges.ts';
import { SecretGenerator } from './bindings/generated-secrets.ts';
import { serviceIndexes } from './indexes.ts';
import {
  configMaps,
  controllerRevisions,
  deployments,
  horizontalPodAutoscalers,
  networkPolicies,
  podDisruptionBudgets,
  pods,
  secrets,
  serviceAccounts,
  services,
} from '../../k8s/types.ts';
import { watch } from '../../k8s/watch.ts';
import { act } from './act.ts';
import { AuditLogKept } from './audit-log/condition.ts';
import { AuditLogs } from './audit-log/keep-audit-log.ts';
import { observe, type Sources } from './observe.ts';
import { plan, type Observed } from './plan.ts';
import { trafficReader } from './rollout/traffic.ts';
import { FingerprintKey } from './bindings/secret-fingerprint.ts';
import { TrustChanges } from './bindings/trust-changes.ts';
import { ServiceCertificates } from './bindings/service-certificates.ts';

/** What the controller needs to know of the program's settings. */
export type ServiceSettings = Pick<
  Settings,
  'imagePullPolicy' | 'priorityClassPrefix' | 'leaseNamespace' | 'clusterDomain'
> &
  Partial<Pick<Settings, 'imagePullSecrets' | 'dnsServers'>>;

/** The controller of HealthcareService. */
export function healthcareServiceController(
  settings: ServiceSettings,
  authorities: Authorities,
): Controller<HealthcareService, Observed> {
  const fingerprintKey = new FingerprintKey(settings.leaseNamespace);
  const auditLogs = new AuditLogs({ operatorNamespace: settings.leaseNamespace });
  const tools = { fingerprintKey, generator: new SecretGenerator(), auditLogs };
  const sources: Sources = {
    certificates: new ServiceCertificates(authorities, settings.clusterDomain),
    fingerprintKey,
    traffic: trafficReader(systemClock),
    clusterDomain: settings.clusterDomain,
  };
  return {
    type: healthcareServices,
    owns: [
      controllerRevisions,
      deployments,
      ...metadataOnly(secrets, services, serviceAccounts, configMaps, podDisruptionBudgets, networkPolicies),
    ],
    conditions: serviceConditions,
    judgedByAct: [AuditLogKept.type],
    watches: watches(),
    indexes: [...serviceIndexes, byPolicy, byPodCalls],
    gauges: serviceGauges,
    decides: ['rollout', 'revision', 'scaled'],
    observe: (service, context) => observe(service, context, sources),
    plan: (service, observed) => plan(service, observed, settings),
    mayTake: mayTakeReplicas,
    act: (service, { secrets: mounted }, context) => act(service, mounted, context, tools),
  };
}

function watches(): Watch[] {
  const neighbours = new Neighbours();
  const trust = new TrustChanges();
  return [
    watch({ type: healthcareServices, map: (service, cache) => neighbours.concerned(service, cache) }),
    watch({ type: encryptedStores, map: usersOfStore }),
    watch({ type: messageBrokers, map: usersOfBrokers }),
    watch({ type: scalingPolicies, map: ({ metadata, spec }) => keyIn(metadata, spec.target.service) }),
    watch({
      type: horizontalPodAutoscalers,
      map: (autoscaler) => keyIn(autoscaler.metadata, targetOf(autoscaler)),
    }),
    watch({ type: pods, labelSelector: LABEL.service, map: servicesOfPod }),
    watch({
      type: secrets,
      labelSelector: KIND_LABEL,
      metadataOnly: true,
      map: (secret, cache) => [...usersOfSecret(secret, cache), ...trust.concerned(secret, cache)],
    }),
    watch({ type: secrets, labelSelector: LABEL.watched, metadataOnly: true, map: usersOfSecret }),
    // Read while a revision is in its bake time; its changes concern no service.
    watch({ type: observabilityStacks, map: () => [] }),
    watch({ type: policyEvents, fieldSelector: OF_AGENT, map: subjectOf }),
  ];
}

function keyIn({ namespace = '' }: KubeObject['metadata'], name: string | undefined): ObjectKey[] {
  return name === undefined ? [] : [{ namespace, name }];
}
