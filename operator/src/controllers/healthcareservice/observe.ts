import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import type { Declared } from '../../graph/model.ts';
import { neighboursOf } from '../../graph/neighbours.ts';
import { owningPolicy } from '../../graph/owning-policy.ts';
import { foreignAutoscalers } from '../../k8s/foreign-autoscaler.ts';
import { isLiving } from '../../k8s/pods.ts';
import { deployments, pods, type Deployment } from '../../k8s/types.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import type { Cache, Context } from '../../runtime/controller.ts';
import { needsSince, providersSince } from './bindings/providers.ts';
import type { FingerprintKey } from './bindings/secret-fingerprint.ts';
import { observeSecrets } from './bindings/secrets.ts';
import type { ServiceCertificates } from './bindings/service-certificates.ts';
import { lookupIn } from './indexes.ts';
import { shadowReports } from './network/blocked-flows.ts';
import { resolveEdges } from './network/edges.ts';
import { observeFormerEdges } from './network/former-edges.ts';
import type { Observed } from './plan.ts';
import { bakeTraffic } from './rollout/bake-traffic.ts';
import { historyOf } from './rollout/history.ts';
import { keptRevisions } from './rollout/kept-revisions.ts';
import type { TrafficSource } from './rollout/traffic.ts';
import { followedReplicas } from './workload/followed-replicas.ts';
import type { Scaling } from './workload/replicas.ts';

/** What is asked besides caches and API server, or remembered between two looks. */
export interface Sources {
  certificates: ServiceCertificates;
  fingerprintKey: FingerprintKey;
  traffic: TrafficSource;
  /** The cluster's DNS domain. */
  clusterDomain: string;
}

/** Reads what decides about a service: caches, and live only what no cache holds. */
export async function observe(
  service: HealthcareService,
  context: Context,
  sources: Sources,
): Promise<Observed> {
  const { cache } = context;
  const { name, namespace = '' } = service.metadata;
  const deployment = cache.get(deployments, { namespace, name });
  const neighbours = neighboursIn(cache, service);
  const edges = resolveEdges(service, neighbours, deployment);
  const history = historyOf(await keptRevisions(service, context, deployment), deployment);
  const traffic = await bakeTraffic(service, { history, deployment }, context, sources);
  return {
    edges,
    former: observeFormerEdges(service, { neighbours, edges }, cache),
    secrets: await observeSecrets(service, { neighbours, edges }, sources.fingerprintKey, context),
    scaling: await observeScaling(service, context, deployment),
    running: {
      deployment,
      pods: cache.list(pods, namespace, { [LABEL.service]: name }).filter(isLiving),
      history,
      traffic,
      providersSince: providersSince(edges),
      // Only traffic is held against it, and at rest there is none to judge.
      needsSince: traffic && needsSince(service, lookupIn(cache, namespace), neighbours),
      now: context.now(),
    },
    certificate: await sources.certificates.of(service, context),
    shadow: shadowReports(service, cache),
  };
}

/** The service, those that share an edge with it, and the stores and brokers of the namespace. */
function neighboursIn(cache: Cache, service: HealthcareService): Declared {
  const { namespace = '' } = service.metadata;
  return {
    services: neighboursOf(service, lookupIn(cache, namespace)).filter(isStaying),
    stores: cache.list(encryptedStores, namespace).filter(isStaying),
    brokers: cache.list(messageBrokers, namespace).filter(isStaying),
  };
}

async function observeScaling(
  { metadata: { name, namespace = '' } }: HealthcareService,
  context: Context,
  deployment: Deployment | undefined,
): Promise<Scaling> {
  const { cache } = context;
  const isScaledItself = foreignAutoscalers(cache, namespace, name, ['HealthcareService']).length > 0;
  const isFollowing = foreignAutoscalers(cache, namespace, name, ['Deployment']).length > 0;
  return {
    // An autoscaler of the service itself writes `spec.replicas`: the policies stand back, and say so (`SoleOwner`).
    policy: isScaledItself
      ? undefined
      : owningPolicy(name, cache.list(scalingPolicies, namespace).filter(isStaying)),
    isScaledItself,
    followed: isFollowing ? await followedReplicas(context, { namespace, name }) : undefined,
    current: deployment?.spec?.replicas,
  };
}
