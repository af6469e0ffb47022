import type { MessageBroker } from '../../api/messagebroker.ts';
import { LABEL } from '../../api/group.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import type { ServerCertificate } from '../../pki/server-certificate.ts';
import { certificateSecretName } from '../../pki/tls-secret.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { podHost, type Zone } from '../../k8s/dns-names.ts';
import { containerSecurity } from '../../k8s/pod-security.ts';
import { engineProbes } from '../../k8s/probes.ts';
import { isRestartedByUs } from '../../k8s/restarts.ts';
import { statefulSet } from '../../k8s/stateful-set.ts';
import type { Child, StatefulSet } from '../../k8s/types.ts';
import type { Settings } from '../../config.ts';
import { DATA_MOUNT, dataMount, guarded, proofContainer, proofEnvironment } from '../data-volume.ts';
import { ADMIN_MOUNT, brokerResources, rabbitmqConfig, TLS_MOUNT } from './configuration.ts';
import { DISTRIBUTION_CONFIG, distributionArguments } from './distribution.ts';
import { AUTHORIZATION, LOOPBACK_MANAGEMENT_PORT } from './health-script.ts';
import {
  adminSecretName,
  brokerSelector,
  configName,
  cookieSecretName,
  nodesService,
  PORT,
} from './names.ts';

/** Of the engine's user: holds the Erlang cookie. */
const HOME = DATA_MOUNT;
/** Holds the folder of the node, which is named like it. */
export const DATA_DIRECTORY = `${DATA_MOUNT}/mnesia`;
const CONFIG = '/etc/careplane/config';
const FRAGMENTS = '/etc/careplane/conf.d';

/** Seconds that a node waits for its queues to do without it: those of a node that starts anew have to catch up. */
const LEAVE_SECONDS = 60;

/** What of the hashes of a pod says how its node talks to the others; pods of before talk plainly and have none. */
export const DISTRIBUTION = 'distribution';

/** What the pods of a broker are started anew for. */
export interface BrokerPods {
  certificate: Pick<ServerCertificate, 'epoch'>;
  adminPassword: string;
  cookie: string;
  /** What there is already. */
  workload?: StatefulSet | undefined;
}

interface Cluster {
  replicas: number;
  /** Nodes that the configuration names. */
  nodes: number;
  zone: Zone;
}

/** The StatefulSet of a broker. */
export function brokerStatefulSet(
  broker: MessageBroker,
  observed: BrokerPods,
  settings: Settings,
  cluster: Cluster,
): Child {
  const { name } = broker.metadata;
  const { certificate, adminPassword, cookie } = observed;
  return statefulSet({
    name,
    serviceName: nodesService(name),
    replicas: cluster.replicas,
    selector: brokerSelector(broker),
    labels: { [LABEL.scrape]: 'true' },
    hashes: {
      certificate: certificate.epoch,
      [DISTRIBUTION]: 'tls',
      config: digest([rabbitmqConfig(broker, cluster.nodes, cluster.zone), adminPassword, cookie]),
    },
    priorityClassPrefix: settings.priorityClassPrefix,
    imagePullSecrets: settings.imagePullSecrets,
    // The node leaves its queues in good hands, then they are flushed; a node that leaves for good takes its members out of each.
    gracePeriodSeconds: LEAVE_SECONDS + 240,
    ...(isRestartedByUs(observed.workload) ? { restartedBy: 'Operator' as const } : {}),
    initContainers: [
      proofContainer(DATA_DIRECTORY, { ...settings, image: settings.rabbitmqImage }),
      cookieContainer(settings),
    ],
    containers: [rabbitmq(broker, settings, cluster)],
    volumes: volumes(name),
    storage: broker.spec.storage,
    scheduling: broker.spec,
    deletionPolicy: broker.spec.deletionPolicy,
  });
}

const ADMIN_FILES = ['definitions.json', AUTHORIZATION].map((key) => ({ key, path: key }));

function volumes(name: string): Record<string, unknown>[] {
  const config = { name: configName(name) };
  return [
    { name: 'config', configMap: config },
    {
      name: 'fragments',
      configMap: { ...config, items: [{ key: 'rabbitmq.conf', path: '10-careplane.conf' }] },
    },
    { name: 'admin', secret: { secretName: adminSecretName(name), defaultMode: 0o440, items: ADMIN_FILES } },
    { name: 'tls', secret: { secretName: certificateSecretName(name), defaultMode: 0o440 } },
    { name: 'cookie', secret: { secretName: cookieSecretName(name), defaultMode: 0o440 } },
    { name: 'tmp', emptyDir: {} },
  ];
}

/** Erlang refuses a cookie that its group may read, and a Secret's files are always readable by the pod's group. */
function cookieContainer({ rabbitmqImage, imagePullPolicy }: Settings): Record<string, unknown> {
  const cookie = `${HOME}/.erlang.cookie`;
  return {
    name: 'own-cookie',
    image: rabbitmqImage,
    imagePullPolicy,
    command: ['sh', '-c', `umask 277 && rm -f ${cookie} && cp /cookie/cookie ${cookie}`],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: containerSecurity,
    volumeMounts: [{ name: 'cookie', mountPath: '/cookie', readOnly: true }, dataMount],
  };
}

/** Runs the script that asks the node of the pod. */
function ask(what: 'first' | 'started' | 'ready' | 'leave'): string[] {
  return ['bash', `${CONFIG}/health.sh`, what];
}

/** Debian's wrapper of the same name in /usr/sbin refuses every other user id. */
const START = 'PATH="/usr/lib/rabbitmq/bin:/opt/rabbitmq/sbin:$PATH" exec rabbitmq-server';

function rabbitmq(
  broker: MessageBroker,
  { rabbitmqImage, imagePullPolicy }: Settings,
  cluster: Cluster,
): Record<string, unknown> {
  return {
    name: 'rabbitmq',
    image: rabbitmqImage,
    imagePullPolicy,
    ...guarded('sh', '-c', `${ask('first').join(' ')} && ${START}`),
    env: [...proofEnvironment(DATA_DIRECTORY), ...environment(broker.metadata.name, cluster)],
    ports: [
      { name: 'amqps', containerPort: ENGINE_PORT.rabbitmq, protocol: 'TCP' },
      { name: 'management', containerPort: PORT.management, protocol: 'TCP' },
      { name: 'metrics', containerPort: PORT.metrics, protocol: 'TCP' },
    ],
    resources: brokerResources(broker),
    securityContext: containerSecurity,
    // Ten minutes: after a crash the queues' logs are read first, and nodes of a cluster wait for each other.
    ...engineProbes({
      port: 'amqps',
      startSeconds: 600,
      started: ask('started'),
      ready: ask('ready'),
      answerSeconds: 10,
    }),
    lifecycle: { preStop: { exec: { command: ask('leave') } } },
    volumeMounts: [
      dataMount,
      { name: 'config', mountPath: CONFIG, readOnly: true },
      { name: 'fragments', mountPath: FRAGMENTS, readOnly: true },
      { name: 'admin', mountPath: ADMIN_MOUNT, readOnly: true },
      { name: 'tls', mountPath: TLS_MOUNT, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** Idle schedulers sleep instead of spinning on the little CPU there is. */
const SLEEPY_SCHEDULERS = ['+sbwt none', '+sbwtdcpu none', '+sbwtdio none'];

/**
 * Milliseconds for which Erlang caches certificate files, instead of two minutes; connections stay.
 * https://www.erlang.org/doc/apps/ssl/ssl_app.html
 */
const CERTIFICATE_RELOAD = '-ssl ssl_pem_cache_clean 30000';

/** https://www.rabbitmq.com/docs/configure#supported-environment-variables */
function environment(name: string, { nodes, zone }: Cluster): Record<string, unknown>[] {
  // The pod's index stands for itself in the pod's name, which Kubernetes puts in.
  const first = podHost(name, 0, nodesService(name), zone);
  const host = first.replace(`${name}-0.`, '$(POD_NAME).');
  const distribution = distributionArguments(`${CONFIG}/${DISTRIBUTION_CONFIG}`);
  const values = {
    RABBITMQ_USE_LONGNAME: 'true',
    RABBITMQ_NODENAME: `rabbit@${host}`,
    RABBITMQ_MNESIA_BASE: DATA_DIRECTORY,
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILES: FRAGMENTS,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${CONFIG}/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${CONFIG}/enabled_plugins`,
    RABBITMQ_DIST_PORT: String(PORT.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [...SLEEPY_SCHEDULERS, CERTIFICATE_RELOAD, distribution].join(' '),
    RABBITMQ_CTL_ERL_ARGS: distribution,
    NODES: String(nodes),
    FIRST_HOST: first,
    FIRST_PORT: String(PORT.distribution),
    MANAGEMENT_PORT: String(LOOPBACK_MANAGEMENT_PORT),
    AUTHORIZATION_FILE: `${ADMIN_MOUNT}/${AUTHORIZATION}`,
    LEAVE_SECONDS: String(LEAVE_SECONDS),
    // Erlang reserves memory for as many ports as files may be open, which can be a billion.
    ERL_MAX_PORTS: '65536',
    ERL_CRASH_DUMP: '/dev/null',
    HOME,
    LANG: 'C.UTF-8',
  };
  return [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...Object.entries(values).map(([key, value]) => ({ name: key, value })),
  ];
}
