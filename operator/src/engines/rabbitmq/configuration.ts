import { LEAST_MEMORY, type MessageBroker } from '../../api/messagebroker.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { quantityValue } from '../../api/quantity.ts';
import { podHost, type Zone } from '../../k8s/dns-names.ts';
import { containerResources, memoryLimit, type ContainerResources } from '../../k8s/resources.ts';
import { LOOPBACK_MANAGEMENT_PORT } from './health-script.ts';
import { ADMINISTRATOR, nodesService, PORT } from './names.ts';

/** Where the pods have the Secret of the operator's user. */
export const ADMIN_MOUNT = '/etc/careplane/admin';
/** Where the pods have the certificate of the broker. */
export const TLS_MOUNT = '/etc/careplane/tls';

const DEFAULTS = { cpuRequest: '100m', memoryRequest: '256Mi', memoryLimit: '768Mi' } as const;
/** RabbitMQ's own advice is 0.4 to 0.7 of what there is (https://www.rabbitmq.com/docs/memory). */
const MEMORY_SHARE = 0.6;
/** Bytes of the quorum queues' write-ahead log before it is rolled; the default of 512 MiB is for large machines. */
const WAL_BYTES = 64 * 2 ** 20;
/** Bytes of free disk below which publishers are blocked, so that the node never runs out of it. */
const DISK_FREE_LIMIT = 200_000_000;
/** Of a small volume, at most this share has to stay free. */
const DISK_FREE_SHARE = 0.2;
/** Whether the limit is below what a new object may have: one from before that rule may be. */
export function isMemoryTooSmall(broker: MessageBroker): boolean {
  return memoryLimit(brokerResources(broker)) < quantityValue(LEAST_MEMORY);
}

/** Bytes of memory from which on publishers are blocked. */
function memoryWatermark(broker: MessageBroker): number {
  return Math.floor(memoryLimit(brokerResources(broker)) * MEMORY_SHARE);
}

function diskFreeLimit({ spec }: MessageBroker): number {
  return Math.floor(Math.min(DISK_FREE_LIMIT, quantityValue(spec.storage.size) * DISK_FREE_SHARE));
}

/** Where the pods have {@link adminDefinitions}. */
const DEFINITIONS_FILE = `${ADMIN_MOUNT}/definitions.json`;

export function brokerResources({ spec }: MessageBroker): ContainerResources {
  return containerResources(spec.resources, DEFAULTS);
}

/** Erlang's name of a node. */
export function nodeName(broker: string, index: number, zone: Zone): string {
  return `rabbit@${podHost(broker, index, nodesService(broker), zone)}`;
}

/** `rabbitmq.conf` (https://www.rabbitmq.com/docs/configure): TLS for services and management, plain metrics for Prometheus, plain management in the pod. */
export function rabbitmqConfig(broker: MessageBroker, nodes: number, zone: Zone): string {
  const files = (prefix: string): string[] => [
    `${prefix}.cacertfile = ${TLS_MOUNT}/ca.crt`,
    `${prefix}.certfile = ${TLS_MOUNT}/tls.crt`,
    `${prefix}.keyfile = ${TLS_MOUNT}/tls.key`,
    `${prefix}.versions.1 = tlsv1.3`,
    `${prefix}.versions.2 = tlsv1.2`,
  ];
  return [
    'listeners.tcp = none',
    `listeners.ssl.default = ${ENGINE_PORT.rabbitmq}`,
    ...files('ssl_options'),
    'ssl_options.verify = verify_none',
    'ssl_options.fail_if_no_peer_cert = false',
    `management.ssl.port = ${PORT.management}`,
    ...files('management.ssl'),
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${LOOPBACK_MANAGEMENT_PORT}`,
    `prometheus.tcp.port = ${PORT.metrics}`,
    // Alert rules and dashboards look at single queues.
    'prometheus.return_per_object_metrics = true',
    'anonymous_login_user = none',
    'definitions.import_backend = local_filesystem',
    `definitions.local.path = ${DEFINITIONS_FILE}`,
    'log.console = true',
    'log.console.level = info',
    `vm_memory_high_watermark.absolute = ${memoryWatermark(broker)}`,
    `disk_free_limit.absolute = ${diskFreeLimit(broker)}`,
    `raft.wal_max_size_bytes = ${WAL_BYTES}`,
    ...clusterConfig(broker.metadata.name, nodes, zone),
    '',
  ].join('\n');
}

function clusterConfig(broker: string, nodes: number, zone: Zone): string[] {
  if (nodes === 1) return [];
  return [
    'cluster_formation.peer_discovery_backend = classic_config',
    ...Array.from(
      { length: nodes },
      (_, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${nodeName(broker, index, zone)}`,
    ),
    'cluster_partition_handling = pause_minority',
    ...memberReconciliation(nodes, RECONCILIATION_MS),
  ];
}

/** Milliseconds between looks for queues with too few members; by itself an hour. */
const RECONCILIATION_MS = 60_000;

/** Queues that were made on one node get members on the new ones. */
export function memberReconciliation(nodes: number, everyMs: number): string[] {
  return [
    'quorum_queue.continuous_membership_reconciliation.enabled = true',
    `quorum_queue.continuous_membership_reconciliation.target_group_size = ${nodes}`,
    `quorum_queue.continuous_membership_reconciliation.interval = ${everyMs}`,
  ];
}

/** How often quorum queues tell their depth, in milliseconds: the autoscaler waits for it. There is no key in rabbitmq.conf. */
export const ADVANCED_CONFIG = '[{rabbit, [{quorum_tick_interval, 1000}]}].\n';

export const ENABLED_PLUGINS = '[rabbitmq_management, rabbitmq_prometheus].\n';

/**
 * The operator's own user, as definitions that a node imports at each start: whatever password the Secret has, the operator gets
 * in again (docs/decisions/0020-broker-login.md). With definitions, RabbitMQ makes neither `guest` nor another default user.
 * https://www.rabbitmq.com/docs/definitions#import-on-boot
 */
export function adminDefinitions(password: string): string {
  return JSON.stringify({ users: [{ name: ADMINISTRATOR, password, tags: ['administrator'], limits: {} }] });
}
