import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { nodeName } from '../../engines/rabbitmq/configuration.ts';
import { convergeTopology, type TopologyReport } from '../../engines/rabbitmq/converge.ts';
import {
  ManagementClient,
  ManagementError,
  type ManagementAccess,
} from '../../engines/rabbitmq/management.ts';
import { readDataDirectories } from '../../engines/rabbitmq/data-directories.ts';
import { DATA_DIRECTORY } from '../../engines/rabbitmq/workload.ts';
import { topologyOf } from '../../engines/rabbitmq/topology.ts';
import {
  convergeCertificates,
  withCertificates,
  type CertificateReport,
} from '../../pki/current-certificates.ts';
import {
  DependencyDown,
  type Context,
  type JudgedCondition,
  type Outcome,
} from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import { podHost, serviceHost, type Zone } from '../../k8s/dns-names.ts';
import { isReady, podIndex } from '../../k8s/pods.ts';
import { ADMINISTRATOR, nodesService, PORT } from '../../engines/rabbitmq/names.ts';
import { departingStatus } from '../providers.ts';
import { BrokerReachable, TopologySynced } from './conditions.ts';
import type { Observed } from './observed.ts';

/** Milliseconds between looks at rest. */
const REST = 20_000;
/** Queues that are wanted no more can be deleted in the round after their bindings went; a node tells of itself some seconds after its start. */
const SOON = 3_000;

const REACHABLE = BrokerReachable.because('Reachable', 'the management API answers');

/**
 * Brings the topology in line, once a node is up. @throws DependencyDown when a ready node does not answer, and the reason of the
 * context's signal when it is aborted
 */
export async function act(
  broker: MessageBroker,
  observed: Observed,
  zone: Zone,
  context: Pick<Context, 'signal' | 'now'>,
): Promise<Outcome<MessageBrokerStatus>> {
  if (!observed.pods.some(isReady)) return { requeueAfterMs: REST };
  const { signal } = context;
  const client = new ManagementClient({ ...managementAccess(broker.metadata.name, observed, zone), signal });
  try {
    const report = await convergeTopology(client, {
      vhost: zone.namespace,
      topology: topologyOf(observed.services),
      passwords: observed.passwords,
      administrator: ADMINISTRATOR,
      grace: observed.grace,
    });
    const onVolume = await dataOnVolume(broker, observed, zone, client);
    const isMoving = report.changes > 0 || onVolume.status === 'Unknown';
    const outcome = {
      conditions: [REACHABLE, topologyCondition(report), onVolume],
      status: departingStatus(observed, report.departing),
      requeueAfterMs: isMoving ? SOON : REST,
    };
    return withCertificates(outcome, await certificatesOf(broker, observed, zone, context));
  } catch (error) {
    signal.throwIfAborted();
    if (isRefusal(error)) return { conditions: [REACHABLE, refused(error)], requeueAfterMs: REST };
    throw new DependencyDown(`rabbitmq ${zone.namespace}/${broker.metadata.name}`, unreachable(error), error);
  } finally {
    await client.close();
  }
}

async function dataOnVolume(
  { metadata }: MessageBroker,
  { pods }: Observed,
  zone: Zone,
  client: ManagementClient,
): Promise<JudgedCondition> {
  const directories = await readDataDirectories(client);
  const told = pods.flatMap((pod): [string, string][] => {
    const directory = directories.get(nodeName(metadata.name, podIndex(pod), zone));
    return directory === undefined ? [] : [[pod.metadata.name, directory]];
  });
  return judgeDataOnVolume(pods, DATA_DIRECTORY, new Map(told));
}

/** Erlang reads the files again by itself (`ssl_pem_cache_clean` in workload.ts), so there is nothing to reload. */
function certificatesOf(
  { metadata }: MessageBroker,
  { pods, certificate }: Observed,
  zone: Zone,
  { signal, now }: Pick<Context, 'signal' | 'now'>,
): Promise<CertificateReport> {
  const members = pods.filter(isReady).map((pod) => ({
    name: pod.metadata.name,
    host: podHost(metadata.name, podIndex(pod), nodesService(metadata.name), zone),
    port: PORT.management,
  }));
  const { pair, trustSince } = certificate;
  return convergeCertificates({ wanted: pair.certificate, members, trustSince, signal, now: now() });
}

/** The broker is there and does not want this one thing. */
function isRefusal(error: unknown): error is ManagementError {
  return error instanceof ManagementError && error.status < 500 && error.status !== 401;
}

function managementAccess(
  name: string,
  { certificate, adminPassword }: Observed,
  zone: Zone,
): ManagementAccess {
  return {
    url: `https://${serviceHost(name, zone)}:${PORT.management}`,
    ca: certificate.bundle,
    username: ADMINISTRATOR,
    password: adminPassword,
  };
}

/** The condition `TopologySynced`. Numbers of messages are left out: each change of one would be a write of the status. */
export function topologyCondition({ conflicting, retained }: TopologyReport): JudgedCondition {
  if (conflicting.length > 0) {
    const message = `these queues were made with other arguments, which cannot be changed: ${conflicting.join(', ')}; empty and delete them, and they are made again`;
    return TopologySynced.because('QueuesDiffer', message);
  }
  if (retained.length > 0) {
    const queues = retained.map(({ queue }) => queue).sort();
    const message = `as declared; no service consumes these queues any more, and they are kept since they hold messages: ${queues.join(', ')}; purge them, and they are deleted`;
    return TopologySynced.because('QueuesRetained', message);
  }
  return TopologySynced.because('Synced', 'queues, bindings, users and permissions are as declared');
}

function refused(error: ManagementError): JudgedCondition {
  return TopologySynced.because('Refused', `the broker refused: ${describe(error)}`);
}

function unreachable(error: unknown): JudgedCondition {
  const isLogin = error instanceof ManagementError && error.status === 401;
  const message = isLogin
    ? 'the broker knows another password of the operator than the Secret: restore the Secret that belongs to the volume'
    : `a pod is ready, but the management API does not answer: ${describe(error)}`;
  return BrokerReachable.because(isLogin ? 'LoginRefused' : 'Unreachable', message);
}
