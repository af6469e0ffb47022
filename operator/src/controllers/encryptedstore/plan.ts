import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { UNASKED } from '../../pki/currentCertificates.ts';
import { certificateSecret } from '../../pki/serverCertificate.ts';
import { aclFile, operatorUser, serviceUser, type AclUser } from '../../redis/acl.ts';
import { toData } from '../../pki/secretData.ts';
import type { JudgedCondition, Plan } from '../../runtime/controller.ts';
import { oneAtATime } from '../../workloads/disruption.ts';
import type { Zone } from '../../workloads/dnsNames.ts';
import { rootSecret } from '../../workloads/generatedText.ts';
import { accessPolicy, fromOperator, fromServices } from '../../workloads/networkPolicy.ts';
import { isReady } from '../../workloads/pods.ts';
import { clientService, headlessService } from '../../workloads/services.ts';
import { troubleOf } from '../healthcareservice/judge/podTrouble.ts';
import type { Child } from '../healthcareservice/kubernetes.ts';
import type { Settings } from '../settings.ts';
import { storeBinding } from './bindings.ts';
import { findingsOf, judgeEncryption } from './encryptionProof.ts';
import { configName, mongodbStatefulSet, mongodConfig } from './mongodbWorkload.ts';
import { rootSecretEntry, rootSecretName, storeSelector } from './names.ts';
import type { Observed } from './observed.ts';
import { aclSecretName, redisConfig, redisStatefulSet } from './redisWorkload.ts';

/** What has to be for a store. Pure. */
export function plan(
  store: EncryptedStore,
  observed: Observed,
  settings: Settings,
  zone: Zone,
): Plan<EncryptedStoreStatus> {
  const { certificate, passwords, root } = observed;
  const { name } = store.metadata;
  const selector = storeSelector(store);
  const ports = [{ name: store.spec.engine, port: ENGINE_PORT[store.spec.engine] }];
  const isMongo = store.spec.engine === 'mongodb';
  const children: Child[] = [
    rootSecret(rootSecretName(store), { [rootSecretEntry(store)]: root }, store.spec.deletionPolicy),
    certificateSecret(name, certificate),
    ...[...passwords].map(([service, password]) =>
      storeBinding(store, { service, password }, certificate.bundle, zone),
    ),
    configMap(
      configName(store),
      isMongo ? { 'mongod.conf': mongodConfig(store) } : { 'redis.conf': redisConfig(store) },
    ),
    ...(isMongo ? [] : [aclSecret(store, aclUsers(observed))]),
    isMongo ? headlessService(name, selector, ports) : clientService(name, selector, ports),
    oneAtATime(name, selector),
    policy(store, observed, settings),
    isMongo ? mongodbStatefulSet(store, observed, settings) : redisStatefulSet(store, observed, settings),
  ];
  return {
    children,
    conditions: [
      judgeEncryption({ findings: findingsOf(observed.pods), storageClass: observed.storageClass }),
      waitingForPods(observed),
      {
        type: 'UsersSynced',
        status: 'Unknown',
        reason: 'Waiting',
        message: 'users are made when the database is up',
      },
      certificate.condition,
      UNASKED,
    ],
    status: { readyMembers: observed.pods.filter(isReady).length },
  };
}

/** Everybody that a redis server knows. */
export function aclUsers({ root, passwords }: Pick<Observed, 'root' | 'passwords'>): AclUser[] {
  return [operatorUser(root), ...[...passwords].map(([service, password]) => serviceUser(service, password))];
}

/** `PrimaryAvailable` as long as no member can be asked. */
function waitingForPods({ pods }: Observed): JudgedCondition {
  const trouble = troubleOf(pods) ?? { reason: 'Starting', message: 'no pod is ready yet' };
  return { type: 'PrimaryAvailable', status: 'False', ...trouble };
}

function policy(store: EncryptedStore, { services }: Observed, settings: Settings): Child {
  const port = ENGINE_PORT[store.spec.engine];
  return accessPolicy({
    name: store.metadata.name,
    pods: storeSelector(store),
    ingress: [...fromServices(services, [port]), fromOperator(settings.leaseNamespace, [port])],
    peerPorts: store.spec.engine === 'mongodb' ? [port] : [],
  });
}

function configMap(name: string, data: Record<string, string>): Child {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function aclSecret(store: EncryptedStore, users: readonly AclUser[]): Child {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: aclSecretName(store) },
    data: toData({ 'users.acl': aclFile(users) }),
  };
}
