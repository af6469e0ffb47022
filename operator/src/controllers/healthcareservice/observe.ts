import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { scalingPolicies, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Cache, Context } from '../../runtime/controller.ts';
import { neighboursOf } from '../../graph/neighbours.ts';
import { shadowReports } from './network/blocked-flows.ts';
import { lookupIn } from './indexes.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { isLiving } from '../../k8s/pods.ts';
import { deployments, pods, secrets } from '../../k8s/types.ts';
import type { Secret } from '../../k8s/types.ts';
import { followedReplicas } from './workload/followed-replicas.ts';
import { foreignAutoscalers } from '../../k8s/foreign-autoscaler.ts';
import { isWatched as isHeardOf, missingKeys } from './bindings/generated-secrets.ts';
import { keptRevisions } from './rollout/kept-revisions.ts';
import { bindingSecretName } from '../../names/service-names.ts';
import type { Observed, ObservedSecret } from './observed.ts';
import { owningPolicy } from './workload/replicas.ts';
import type { TrafficSource } from './rollout/revision-traffic.ts';
import { fingerprintOf } from './bindings/secret-fingerprint.ts';
import type { FingerprintKey } from './bindings/secret-fingerprint.ts';
import type { TokenIssuerReader } from './bindings/token-issuer.ts';
import { trafficOfYoung } from './rollout/young-traffic.ts';

/** What is asked besides caches and API server, or remembered between two looks. */
export interface Sources {
  tokenIssuer: TokenIssuerReader;
  fingerprintKey: FingerprintKey;
  traffic: TrafficSource;
  /** The cluster's DNS domain. */
  clusterDomain: string;
}

interface Found {
  name: string;
  generate: readonly string[];
  secret: Secret | undefined;
}

/** Reads what decides about a service: caches, and live only what no cache holds. */
export async function observe(
  service: HealthcareService,
  context: Context,
  sources: Sources,
): Promise<Observed> {
  const { cache } = context;
  const { name, namespace = '' } = service.metadata;
  const stores = cache.list(encryptedStores, namespace);
  const brokers = cache.list(messageBrokers, namespace);
  const running = cache.list(pods, namespace, { [LABEL.service]: name });
  const found = await readSecrets(service, context);
  const deployment = cache.get(deployments, { namespace, name });
  const revisions = await keptRevisions(service, context, deployment);
  const isFollowing = foreignAutoscalers(cache, namespace, name, ['Deployment']).length > 0;
  return {
    services: neighboursOf(service, lookupIn(cache, namespace)).filter(isStaying),
    stores: stores.filter(isStaying),
    brokers: brokers.filter(isStaying),
    policy: policyOf(service, cache),
    foreignAutoscaler: isFollowing,
    followed: isFollowing ? await followedReplicas(context, { namespace, name }) : undefined,
    bindingSecrets: bindingSecrets(service, context, [...stores, ...brokers].map(nameOf)),
    secrets: found.map(observedSecret),
    secretsFingerprint: await fingerprint(found, sources, context),
    deployment,
    revisions,
    traffic: await trafficOfYoung(service, revisions, context, sources),
    now: context.now(),
    pods: running.filter(isLiving),
    tokens: await sources.tokenIssuer.read(context),
    shadow: shadowReports(service, cache),
  };
}

/** An autoscaler of the service itself writes `spec.replicas`: the policies stand back, and say so (`SoleOwner`). */
function policyOf({ metadata }: HealthcareService, cache: Cache): ScalingPolicy | undefined {
  const { name, namespace = '' } = metadata;
  if (foreignAutoscalers(cache, namespace, name, ['HealthcareService']).length > 0) return undefined;
  return owningPolicy(name, cache.list(scalingPolicies, namespace).filter(isStaying));
}

function bindingSecrets(
  { metadata: { name, namespace = '' } }: HealthcareService,
  { cache }: Context,
  providers: readonly string[],
): Set<string> {
  const names = providers.map((provider) => bindingSecretName(name, provider));
  return new Set(names.filter((secret) => cache.get(secrets, { namespace, name: secret }) !== undefined));
}

/** The Secrets of the spec, read as they are now: what is mounted from them is not in any cache. */
async function readSecrets({ metadata, spec }: HealthcareService, { live }: Context): Promise<Found[]> {
  const { namespace = '' } = metadata;
  const found: Found[] = [];
  for (const { name, generate = [] } of spec.secrets ?? [])
    found.push({ name, generate, secret: await live.get(secrets, { namespace, name }) });
  return found;
}

function observedSecret({ name, generate, secret }: Found): ObservedSecret {
  const isThere = secret !== undefined;
  return { name, exists: isThere, missingKeys: missingKeys(secret, generate), isWatched: isHeardOf(secret) };
}

async function fingerprint(
  found: readonly Found[],
  { fingerprintKey }: Sources,
  context: Context,
): Promise<string | undefined> {
  if (found.length === 0) return undefined;
  const key = await fingerprintKey.read(context);
  const contents = found.map(({ secret }) => secret).filter((secret) => secret !== undefined);
  return key === undefined ? undefined : fingerprintOf(key, contents);
}

function nameOf({ metadata }: { metadata: { name: string } }): string {
  return metadata.name;
}
