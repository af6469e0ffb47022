import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { nodeName } from '../../engines/rabbitmq/configuration.ts';
import { convergeTopology } from '../../engines/rabbitmq/converge.ts';
import {
  ManagementClient,
  ManagementError,
  type ManagementAccess,
} from '../../engines/rabbitmq/management.ts';
import { readNodes, type BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import type { QueueHealth } from '../../engines/rabbitmq/queue-health.ts';
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
import { acceptsMessages } from './alarms.ts';
import { BrokerReachable, TopologySynced } from './conditions.ts';
import { isShrinking, isUp, membershipOf, shrinkingStatus } from './membership.ts';
import { nodesAsDeclared, type Membership } from './nodes-as-declared.ts';
import type { Observed } from './observed.ts';
import type { RestartContext } from '../engine-restarts.ts';
import { restartNodes, type Restarts } from './restarts.ts';
import { canSpare, queuesAvailable } from './queues-available.ts';
import { sizeOf } from './size.ts';
import { topologyCondition } from './topology-condition.ts';
import { seeVersion } from './version.ts';

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
  context: Pick<Context, 'signal' | 'now'> & RestartContext,
): Promise<Outcome<MessageBrokerStatus>> {
  if (!observed.pods.some(isReady)) {
    await restartNodes(broker, observed, 'No', context);
    return { requeueAfterMs: REST };
  }
  const { signal } = context;
  const size = sizeOf(broker, observed);
  const client = new ManagementClient({ ...managementAccess(broker.metadata.name, observed, zone), signal });
  try {
    const report = await convergeTopology(client, {
      vhost: zone.namespace,
      topology: topologyOf(observed.services),
      passwords: observed.passwords,
      nodes: size.replicas,
      isShrinking: size.configured !== broker.spec.nodes,
      administrator: ADMINISTRATOR,
      grace: observed.grace,
      rolling: observed.rolling,
    });
    const nodes = await readNodes(client);
    const onVolume = dataOnVolume(broker, observed, zone, nodes);
    const membership = await membershipOf(
      { broker, pods: observed.pods, size, zone, members: nodes, now: context.now() },
      client,
    );
    const seen = await seeVersion(membership, observed, client);
    const isRestarting = await restartNodes(broker, observed, spareOf(membership, report.health), context);
    // A plan that did not know the version yet is made again.
    const isVersionNew = seen.status.version !== undefined && seen.status.version !== broker.status?.version;
    const isVolumeUnknown = onVolume.status === 'Unknown';
    const moves = [isRestarting, isVersionNew, isVolumeUnknown, report.changes > 0, isShrinking(membership)];
    const outcome = {
      conditions: [
        REACHABLE,
        topologyCondition(report),
        queuesAvailable(report.health),
        acceptsMessages(broker, nodes),
        onVolume,
        nodesAsDeclared(membership, report.health),
        seen.flags,
      ],
      status: {
        ...departingStatus(observed, report.departing),
        ...shrinkingStatus(membership),
        ...seen.status,
      },
      requeueAfterMs: moves.includes(true) ? SOON : REST,
    };
    return withCertificates(outcome, await certificatesOf(broker, observed, zone, context));
  } catch (error) {
    signal.throwIfAborted();
    if (isRefusal(error)) return { conditions: [REACHABLE, refused(error)], requeueAfterMs: REST };
    // Nodes with an expired certificate, or another password, answer nobody, and a restart is what they wait for.
    await restartNodes(broker, observed, 'Unknown', context);
    throw new DependencyDown(`rabbitmq ${zone.namespace}/${broker.metadata.name}`, unreachable(error), error);
  } finally {
    await client.close();
  }
}

/** The queues of the only node stand still in any case, and what is wrong with it may be what the restart is for. */
function spareOf(membership: Membership, health: QueueHealth): Restarts['spare'] {
  const mayStop = membership.present.length === 1 || (canSpare(health) && isUp(membership));
  return mayStop ? 'Yes' : 'No';
}

function dataOnVolume(
  { metadata }: MessageBroker,
  { pods }: Observed,
  zone: Zone,
  nodes: readonly BrokerNode[],
): JudgedCondition {
  const directories = new Map(nodes.map(({ name, dataDirectory }) => [name, dataDirectory]));
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

function refused(error: ManagementError): JudgedCondition {
  return TopologySynced.because('Refused', `the broker refused: ${describe(error)}`);
}

function unreachable(error: unknown): JudgedCondition {
  const isLogin = error instanceof ManagementError && error.status === 401;
  const message = isLogin
    ? 'the broker does not know the password of the Secret yet: a node takes it when it starts, so delete the pods, one at a time, unless they are being restarted'
    : `a pod is ready, but the management API does not answer: ${describe(error)}`;
  return BrokerReachable.because(isLogin ? 'LoginRefused' : 'Unreachable', message);
}
