import { encryptedStore, type EncryptedStore } from '../api/encryptedstore.ts';
import { healthcareService, type HealthcareService } from '../api/healthcareservice.ts';
import { messageBroker, type MessageBroker } from '../api/messagebroker.ts';
import { observabilityStack, type ObservabilityStack } from '../api/observabilitystack.ts';
import { configName as storeConfigName, rootSecretName } from '../engines/store-names.ts';
import { aclSecretName } from '../engines/redis/workload.ts';
import {
  configMaps,
  deployments,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  serviceAccounts,
  services,
  roleBindings,
  roles,
  statefulSets,
} from '../k8s/types.ts';
import { bindingsConfigMapName } from './service-names.ts';
import {
  adminSecretName,
  configName as brokerConfigName,
  cookieSecretName,
  nodesService,
} from '../engines/rabbitmq/names.ts';
import { certificateSecretName, identitySecretName } from '../pki/tls-secret.ts';
import type { ResourceType } from '../runtime/kube.ts';

/** Kinds that make children of their own. */
export type Owner = HealthcareService | EncryptedStore | MessageBroker | ObservabilityStack;

/** A child's type and its name, in the namespace of its owner. */
export interface ChildName {
  type: ResourceType;
  name: string;
}

/** Children of an object whose names a child of another object could have, too; a test compares them with the plans. */
export function childNames(object: Owner): ChildName[] {
  switch (object.kind) {
    case healthcareService.kind:
      return serviceChildren(object as HealthcareService);
    case encryptedStore.kind:
      return storeChildren(object as EncryptedStore);
    case messageBroker.kind:
      return brokerChildren(object as MessageBroker);
    case observabilityStack.kind:
      return [...stackChildren(object.metadata.name)];
    default:
      return [];
  }
}

function serviceChildren({ metadata: { name } }: HealthcareService): ChildName[] {
  return [
    ...named(name, [services, deployments, serviceAccounts, networkPolicies, podDisruptionBudgets]),
    ...named(bindingsConfigMapName(name), [configMaps]),
    ...named(identitySecretName(name), [secrets]),
  ];
}

function storeChildren(store: EncryptedStore): ChildName[] {
  const { name } = store.metadata;
  return [
    ...named(name, [services, statefulSets, networkPolicies, podDisruptionBudgets]),
    ...named(storeConfigName(store), [configMaps]),
    ...named(rootSecretName(store), [secrets]),
    ...named(certificateSecretName(name), [secrets]),
    ...(store.spec.engine === 'redis' ? named(aclSecretName(store), [secrets]) : []),
  ];
}

function brokerChildren({ metadata: { name } }: MessageBroker): ChildName[] {
  return [
    ...named(name, [services, statefulSets, networkPolicies, podDisruptionBudgets]),
    ...named(nodesService(name), [services]),
    ...named(brokerConfigName(name), [configMaps]),
    ...[adminSecretName(name), cookieSecretName(name), certificateSecretName(name)].flatMap((secret) =>
      named(secret, [secrets]),
    ),
  ];
}

function stackChildren(name: string): ChildName[] {
  const perPart = [services, networkPolicies, configMaps];
  return [
    ...named(`${name}-prometheus`, [...perPart, statefulSets, serviceAccounts, roles, roleBindings]),
    ...named(`${name}-grafana`, [...perPart, deployments]),
    ...named(`${name}-rules`, [configMaps]),
  ];
}

function named(name: string, types: readonly ResourceType[]): ChildName[] {
  return types.map((type) => ({ type, name }));
}
