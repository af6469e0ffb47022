import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { certificateSecretName } from '../../pki/tls-secret.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { containerSecurity } from '../../k8s/pod-security.ts';
import { engineProbes } from '../../k8s/probes.ts';
import { containerResources, memoryLimit } from '../../k8s/resources.ts';
import { statefulSet } from '../../k8s/stateful-set.ts';
import type { Settings } from '../../config.ts';
import type { Child } from '../../k8s/types.ts';
import { DATA_MOUNT, dataMount, guarded, proofContainer, proofEnvironment } from '../data-volume.ts';
import { configName, storeSelector, type StorePods } from '../store-names.ts';
import { PROBE_USER } from './acl.ts';

const DEFAULTS = { cpuRequest: '50m', memoryRequest: '64Mi', memoryLimit: '256Mi' } as const;
/** The rest is for the copy-on-write of a rewrite of the append-only file, and for buffers of clients. */
const MEMORY_SHARE = 0.6;

/**
 * A server that still reads its data answers LOADING. Whether its certificate is any good is not the question here. It ends by itself beside
 * a server that hangs: a client that is left behind holds the output, and the kubelet waits for it.
 */
const READY = [
  'sh',
  '-c',
  `[ "$(timeout -k 1 2 redis-cli --tls --insecure -p ${ENGINE_PORT.redis} --user ${PROBE_USER} --pass ${PROBE_USER} --no-auth-warning ping)" = PONG ]`,
];

export const DATA_DIRECTORY = DATA_MOUNT;

/** `redis.conf`: TLS only, every write in an append-only file that is flushed each second. */
export function redisConfig({ spec }: EncryptedStore): string {
  const limit = memoryLimit(containerResources(spec.resources, DEFAULTS));
  return [
    'bind * -::*',
    'port 0',
    `tls-port ${ENGINE_PORT.redis}`,
    'tls-cert-file /etc/careplane/tls/tls.crt',
    'tls-key-file /etc/careplane/tls/tls.key',
    'tls-ca-cert-file /etc/careplane/tls/ca.crt',
    'tls-auth-clients no',
    'tls-protocols "TLSv1.2 TLSv1.3"',
    'aclfile /etc/careplane/acl/users.acl',
    `dir ${DATA_DIRECTORY}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    `maxmemory ${Math.floor(limit * MEMORY_SHARE)}`,
    // What has a lifetime may go early; what has none is never dropped in silence.
    'maxmemory-policy volatile-lru',
    '',
  ].join('\n');
}

/** Secret with the ACL file: what the server starts with, also while the operator is away. */
export function aclSecretName({ metadata }: EncryptedStore): string {
  return `${metadata.name}-acl`;
}

/** The StatefulSet of a redis server. */
export function redisStatefulSet(store: EncryptedStore, observed: StorePods, settings: Settings): Child {
  const { name } = store.metadata;
  const { certificate, root } = observed;
  return statefulSet({
    name,
    serviceName: name,
    replicas: 1,
    selector: storeSelector(store),
    hashes: {
      certificate: certificate.epoch,
      config: digest([redisConfig(store), root]),
    },
    priorityClassPrefix: settings.priorityClassPrefix,
    imagePullSecrets: settings.imagePullSecrets,
    gracePeriodSeconds: 30,
    initContainers: [proofContainer(DATA_DIRECTORY, { ...settings, image: settings.redisImage })],
    containers: [redis(store, settings)],
    volumes: [
      { name: 'config', configMap: { name: configName(store) } },
      { name: 'tls', secret: { secretName: certificateSecretName(name), defaultMode: 0o440 } },
      { name: 'acl', secret: { secretName: aclSecretName(store), defaultMode: 0o440 } },
    ],
    storage: store.spec.storage,
    scheduling: store.spec,
    deletionPolicy: store.spec.deletionPolicy,
  });
}

function redis({ spec }: EncryptedStore, { redisImage, imagePullPolicy }: Settings): Record<string, unknown> {
  return {
    name: 'redis',
    image: redisImage,
    imagePullPolicy,
    ...guarded('redis-server', '/etc/careplane/config/redis.conf'),
    env: proofEnvironment(DATA_DIRECTORY),
    ports: [{ name: 'redis', containerPort: ENGINE_PORT.redis, protocol: 'TCP' }],
    resources: containerResources(spec.resources, DEFAULTS),
    securityContext: containerSecurity,
    ...engineProbes({ port: 'redis', startSeconds: 120, ready: READY }),
    volumeMounts: [
      dataMount,
      { name: 'config', mountPath: '/etc/careplane/config', readOnly: true },
      { name: 'tls', mountPath: '/etc/careplane/tls', readOnly: true },
      { name: 'acl', mountPath: '/etc/careplane/acl', readOnly: true },
    ],
  };
}
