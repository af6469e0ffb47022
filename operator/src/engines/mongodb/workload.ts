import { stringify } from 'yaml';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { quantityValue } from '../../api/quantity.ts';
import { readyCommand } from './ready-probe.ts';
import { REPLICA_SET } from './replica-set.ts';
import { resyncContainer } from './resync.ts';
import { certificateSecretName } from '../../pki/tls-secret.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { containerSecurity } from '../../k8s/pod-security.ts';
import { engineProbes } from '../../k8s/probes.ts';
import { containerResources, memoryLimit } from '../../k8s/resources.ts';
import { isRestartedByUs } from '../../k8s/restarts.ts';
import { statefulSet } from '../../k8s/stateful-set.ts';
import type { Settings } from '../../config.ts';
import type { Child, StatefulSet } from '../../k8s/types.ts';
import { DATA_MOUNT, dataMount, guarded, proofContainer, proofEnvironment } from '../data-volume.ts';
import { configName, rootSecretName, storeSelector, type StorePods } from '../store-names.ts';

const DEFAULTS = { cpuRequest: '100m', memoryRequest: '256Mi', memoryLimit: '1Gi' } as const;
const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Least that WiredTiger takes (https://www.mongodb.com/docs/manual/reference/configuration-options/#storage.wiredTiger.engineConfig.cacheSizeGB). */
const MIN_CACHE_GB = 0.25;
/** The rest is for connections, sorting and the file system's cache, which a container's limit counts too. */
const CACHE_SHARE = 0.4;
/** Of the volume; mongod would otherwise take 5 % of the whole disk behind it. */
const OPLOG_SHARE = 0.1;

/**
 * In seconds. What a killed pod's transaction has locked is held for so long and half of that (mongod looks every half); who writes the same
 * gets 503 meanwhile. MongoDB's default is 60. No request lives as long: services answer within 15 s.
 */
const TRANSACTION_LIFETIME_S = 20;

const RUN = '/run/careplane';
const KEYFILE = `${RUN}/keyfile`;

/** Where the ConfigMap is mounted. */
const CONFIG = '/etc/careplane/config';

/** Below the mount, so that it is mongod's alone: the top of a volume may hold `lost+found`. */
export const DATA_DIRECTORY = `${DATA_MOUNT}/db`;

/** `mongod.conf` of a member. */
export function mongodConfig({ spec }: EncryptedStore): string {
  const limit = memoryLimit(containerResources(spec.resources, DEFAULTS));
  const cacheSizeGB = Math.max(MIN_CACHE_GB, Math.floor((limit / GIB) * CACHE_SHARE * 100) / 100);
  const oplogSizeMB = Math.max(128, Math.floor((quantityValue(spec.storage.size) / MIB) * OPLOG_SHARE));
  return stringify({
    net: {
      port: ENGINE_PORT.mongodb,
      bindIpAll: true,
      unixDomainSocket: { enabled: false },
      tls: {
        mode: 'requireTLS',
        certificateKeyFile: '/etc/careplane/tls/server.pem',
        CAFile: '/etc/careplane/tls/ca.crt',
        allowConnectionsWithoutCertificates: true,
        disabledProtocols: 'TLS1_0,TLS1_1',
      },
    },
    // Members know each other by the keyfile; services by their passwords. Server-side JavaScript is a way to inject code.
    security: { authorization: 'enabled', keyFile: KEYFILE, javascriptEnabled: false },
    storage: { dbPath: DATA_DIRECTORY, wiredTiger: { engineConfig: { cacheSizeGB } } },
    replication: { replSetName: REPLICA_SET, oplogSizeMB },
    systemLog: { quiet: true },
    setParameter: { transactionLifetimeLimitSeconds: TRANSACTION_LIFETIME_S },
  });
}

export interface ReplicaSetPods extends StorePods {
  /** What makes the pods; `undefined` before it is made. */
  workload: StatefulSet | undefined;
  /** How many there have to be now. */
  members: number;
}

/** The StatefulSet of a replica set. */
export function mongodbStatefulSet(
  store: EncryptedStore,
  observed: ReplicaSetPods,
  settings: Settings,
): Child {
  const { name } = store.metadata;
  const { certificate, members, root } = observed;
  const image = { image: settings.mongodbImage, imagePullPolicy: settings.imagePullPolicy };
  return statefulSet({
    name,
    serviceName: name,
    replicas: members,
    selector: storeSelector(store),
    hashes: {
      certificate: certificate.epoch,
      config: digest([mongodConfig(store), root]),
    },
    priorityClassPrefix: settings.priorityClassPrefix,
    imagePullSecrets: settings.imagePullSecrets,
    ...(isRestartedByUs(observed.workload) ? { restartedBy: 'Operator' as const } : {}),
    // A primary hands over and flushes within this time.
    gracePeriodSeconds: 60,
    initContainers: [
      resyncContainer(DATA_DIRECTORY, CONFIG, image),
      proofContainer(DATA_DIRECTORY, image),
      keyfileContainer(settings),
    ],
    containers: [mongod(store, settings)],
    volumes: [
      { name: 'config', configMap: { name: configName(store) } },
      { name: 'tls', secret: { secretName: certificateSecretName(name), defaultMode: 0o440 } },
      { name: 'keyfile', secret: { secretName: rootSecretName(store), defaultMode: 0o440 } },
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'tmp', emptyDir: {} },
    ],
    storage: store.spec.storage,
    scheduling: store.spec,
    deletionPolicy: store.spec.deletionPolicy,
  });
}

/** mongod refuses a keyfile that its group may read, and a Secret's files are always readable by the pod's group. */
function keyfileContainer({ mongodbImage, imagePullPolicy }: Settings): Record<string, unknown> {
  return {
    name: 'own-keyfile',
    image: mongodbImage,
    imagePullPolicy,
    command: ['sh', '-c', `umask 277 && rm -f ${KEYFILE} && cp /keyfile/keyfile ${KEYFILE}`],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: containerSecurity,
    volumeMounts: [
      { name: 'keyfile', mountPath: '/keyfile', readOnly: true },
      { name: 'run', mountPath: RUN },
    ],
  };
}

function mongod(
  { spec }: EncryptedStore,
  { mongodbImage, imagePullPolicy }: Settings,
): Record<string, unknown> {
  return {
    name: 'mongod',
    image: mongodbImage,
    imagePullPolicy,
    ...guarded('mongod', '--config', `${CONFIG}/mongod.conf`),
    env: proofEnvironment(DATA_DIRECTORY),
    ports: [{ name: 'mongodb', containerPort: ENGINE_PORT.mongodb, protocol: 'TCP' }],
    resources: containerResources(spec.resources, DEFAULTS),
    securityContext: containerSecurity,
    // Ten minutes: a member that was killed replays its journal first.
    ...engineProbes({ port: 'mongodb', startSeconds: 600, ready: readyCommand(CONFIG) }),
    volumeMounts: [
      dataMount,
      { name: 'config', mountPath: CONFIG, readOnly: true },
      { name: 'tls', mountPath: '/etc/careplane/tls', readOnly: true },
      { name: 'run', mountPath: RUN },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
