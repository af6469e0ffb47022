import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { UNASKED } from '../../pki/current-certificates.ts';
import { certificateSecret } from '../../pki/server-certificate.ts';
import { aclFile, operatorUser, probeUser, serviceUser, type AclUser } from '../../engines/redis/acl.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { withoutReserved, type RefusedUser } from '../../engines/refused-users.ts';
import { textSecret } from '../../k8s/secret-data.ts';
import type { Plan } from '../../runtime/controller.ts';
import type { Condition } from '../../runtime/kube.ts';
import { configMap } from '../../k8s/config-map.ts';
import { oneAtATime } from '../../k8s/disruption.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { rootSecret } from '../../k8s/generated-text.ts';
import { accessPolicy, fromOperator, fromServices } from '../../k8s/network-policy.ts';
import { MembersCurrent, membersCurrent } from '../../k8s/members-current.ts';
import { isReady } from '../../k8s/pods.ts';
import { clientService, headlessService } from '../../k8s/services.ts';
import { whyNotReady } from '../../k8s/pod-trouble.ts';
import type { Child } from '../../k8s/types.ts';
import type { Settings } from '../../config.ts';
import { storeBinding } from './bindings.ts';
import { CredentialsKept } from '../../engines/credentials.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { judgeEncryption, StorageEncrypted } from '../../engines/encryption-proof.ts';
import { READY_PROGRAM, READY_SCRIPT } from '../../engines/mongodb/ready-probe.ts';
import { RESYNC_FILE, resyncFile } from '../../engines/mongodb/resync.ts';
import { mongodbStatefulSet, mongodConfig } from '../../engines/mongodb/workload.ts';
import { configName, rootSecretEntry, rootSecretName, storeSelector } from '../../engines/store-names.ts';
import { chooseImage } from './engine-version.ts';
import { dataDirectory } from './members.ts';
import { departingStatus } from '../providers.ts';
import { PrimaryAvailable, UsersSynced } from './conditions.ts';
import type { Observed } from './observed.ts';
import { toldResyncs } from './replica-set.ts';
import { aclSecretName, redisConfig, redisStatefulSet } from '../../engines/redis/workload.ts';

/** What has to be for a store. Pure. */
export function plan(
  store: EncryptedStore,
  observed: Observed,
  settings: Settings,
  zone: Zone,
): Plan<EncryptedStoreStatus> {
  const { certificate, passwords, root } = observed;
  const waiting = whyNotReady(observed.pods, observed.refusal);
  const { name } = store.metadata;
  const selector = storeSelector(store);
  const ports = [{ name: store.spec.engine, port: ENGINE_PORT[store.spec.engine] }];
  const isMongo = store.spec.engine === 'mongodb';
  const choice = chooseImage(store, observed, offersOf(settings));
  const workload =
    choice.image === undefined ? undefined : statefulSetOf(store, observed, settings, choice.image);
  const children: Child[] = [
    rootSecret(rootSecretName(store), { [rootSecretEntry(store)]: root }, store.spec.deletionPolicy),
    certificateSecret(name, certificate),
    ...[...passwords].map(([service, password]) =>
      storeBinding(store, { service, password }, certificate.bundle, zone),
    ),
    configMap(configName(store), isMongo ? mongodbFiles(store) : { 'redis.conf': redisConfig(store) }),
    ...(isMongo
      ? []
      : [textSecret(aclSecretName(store), { 'users.acl': aclFile(aclUsers(observed).users) })]),
    isMongo ? headlessService(name, selector, ports) : clientService(name, selector, ports),
    oneAtATime(name, selector),
    policy(store, observed, settings),
    ...(workload === undefined ? [] : [workload]),
  ];
  return {
    children,
    conditions: [
      judgeEncryption({
        ...observed,
        members: Array.from({ length: observed.members }, (_, index) => `${name}-${index}`),
        trueSince: store.status?.conditions?.find(isProven)?.lastTransitionTime,
        policy: store.spec.encryption.policy,
      }),
      CredentialsKept.because('Kept', 'the Secret of the data is there'),
      judgeDataOnVolume(observed.pods, dataDirectory(store)),
      PrimaryAvailable.because(waiting.reason, waiting.message),
      workload === undefined
        ? MembersCurrent.because('Replacing', 'members wait for a version that there is')
        : membersCurrent(workload, observed),
      choice.condition,
      UsersSynced.because('Waiting', 'users are made when the database is up'),
      certificate.condition,
      UNASKED,
    ],
    status: {
      readyMembers: observed.pods.filter(isReady).length,
      ...departingStatus(observed),
      ...keptStatus(store.status),
    },
  };
}

/** What only the engine tells, and is known for as long as it does not answer. */
function keptStatus(status: EncryptedStoreStatus | undefined): Partial<EncryptedStoreStatus> {
  const { resyncing, version, featureCompatibilityVersion } = status ?? {};
  return {
    ...(resyncing === undefined ? {} : { resyncing }),
    ...(version === undefined ? {} : { version }),
    ...(featureCompatibilityVersion === undefined ? {} : { featureCompatibilityVersion }),
  };
}

function statefulSetOf(store: EncryptedStore, observed: Observed, settings: Settings, image: string): Child {
  return store.spec.engine === 'mongodb'
    ? mongodbStatefulSet(store, observed, { ...settings, mongodbImage: image })
    : redisStatefulSet(store, observed, { ...settings, redisImage: image });
}

function isProven({ type, status }: Pick<Condition, 'type' | 'status'>): boolean {
  return type === StorageEncrypted.type && status === 'True';
}

function mongodbFiles(store: EncryptedStore): Record<string, string> {
  return {
    'mongod.conf': mongodConfig(store),
    [READY_SCRIPT]: READY_PROGRAM,
    [RESYNC_FILE]: resyncFile(toldResyncs(store.status)),
  };
}

/** Everybody that a redis server knows. Two users of one name would keep it from starting. */
export function aclUsers({
  root,
  passwords,
  insertOnly,
}: Pick<Observed, 'root' | 'passwords'> & Partial<Pick<Observed, 'insertOnly'>>): {
  users: AclUser[];
  refused: RefusedUser[];
} {
  const { permitted, refused } = withoutReserved('redis', [...passwords], ([service]) => service);
  const [able, unable] = [false, true].map((isUnable) =>
    permitted.filter(([service]) => (insertOnly?.has(service) ?? false) === isUnable),
  );
  const users = (able ?? []).map(([service, password]) => serviceUser(service, password));
  const unfit = (unable ?? []).map(([service]) => ({ service, reason: 'redis has no access InsertOnly' }));
  return { users: [operatorUser(root), probeUser(), ...users], refused: [...refused, ...unfit] };
}

function policy(store: EncryptedStore, { services, formerServices }: Observed, settings: Settings): Child {
  const port = ENGINE_PORT[store.spec.engine];
  const users = [...services, ...formerServices];
  return accessPolicy({
    name: store.metadata.name,
    pods: storeSelector(store),
    dns: settings.dnsServers,
    ingress: [...fromServices(users, [port]), fromOperator(settings.leaseNamespace, [port])],
    peerPorts: store.spec.engine === 'mongodb' ? [port] : [],
  });
}
