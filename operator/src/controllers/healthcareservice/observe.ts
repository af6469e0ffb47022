import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import type { Context } from '../../runtime/controller.ts';
import { deployments, pods, secrets } from './kubernetes.ts';
import { foreignAutoscalers } from './foreignAutoscaler.ts';
import { missingKeys } from './generatedSecrets.ts';
import { bindingSecretName } from './names.ts';
import type { Observed, ObservedSecret } from './observed.ts';
import { owningPolicy } from './replicas.ts';
import type { TokenIssuerReader } from './tokenIssuer.ts';

/** Reads what decides about a service: caches, and live only what no cache holds. */
export async function observe(
  service: HealthcareService,
  context: Context,
  tokenIssuer: TokenIssuerReader,
): Promise<Observed> {
  const { cache } = context;
  const { name, namespace = '' } = service.metadata;
  const stores = cache.list(encryptedStores, namespace);
  const brokers = cache.list(messageBrokers, namespace);
  const running = cache.list(pods, namespace, { [LABEL.service]: name });
  return {
    services: cache.list(healthcareServices, namespace).filter(isStaying),
    stores: stores.filter(isStaying),
    brokers: brokers.filter(isStaying),
    policy: owningPolicy(name, cache.list(scalingPolicies, namespace).filter(isStaying)),
    foreignAutoscaler: foreignAutoscalers(cache, namespace, name).length > 0,
    bindingSecrets: bindingSecrets(service, context, [...stores, ...brokers].map(nameOf)),
    secrets: await observeSecrets(service, context),
    deployment: cache.get(deployments, { namespace, name }),
    pods: running.filter(isStaying),
    tokens: await tokenIssuer.read(context),
  };
}

function bindingSecrets(
  { metadata: { name, namespace = '' } }: HealthcareService,
  { cache }: Context,
  providers: readonly string[],
): Set<string> {
  const names = providers.map((provider) => bindingSecretName(name, provider));
  return new Set(names.filter((secret) => cache.get(secrets, { namespace, name: secret }) !== undefined));
}

async function observeSecrets(service: HealthcareService, { live }: Context): Promise<ObservedSecret[]> {
  const { namespace = '' } = service.metadata;
  const found: ObservedSecret[] = [];
  for (const { name, generate = [] } of service.spec.secrets ?? []) {
    const secret = await live.get(secrets, { namespace, name });
    found.push({ name, exists: secret !== undefined, missingKeys: missingKeys(secret, generate) });
  }
  return found;
}

function isStaying({ metadata }: { metadata: { deletionTimestamp?: string } }): boolean {
  return metadata.deletionTimestamp === undefined;
}

function nameOf({ metadata }: { metadata: { name: string } }): string {
  return metadata.name;
}
