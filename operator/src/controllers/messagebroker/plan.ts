import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { UNASKED } from '../../pki/current-certificates.ts';
import { certificateSecret } from '../../pki/server-certificate.ts';
import type { Plan } from '../../runtime/controller.ts';
import { configMap } from '../../k8s/config-map.ts';
import { oneAtATime } from '../../k8s/disruption.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { rootSecret } from '../../k8s/generated-text.ts';
import { accessPolicy, fromObservability, fromOperator, fromServices } from '../../k8s/network-policy.ts';
import { membersCurrent } from '../../k8s/members-current.ts';
import { isReady } from '../../k8s/pods.ts';
import { clientService, headlessService } from '../../k8s/services.ts';
import { whyNotReady } from '../../k8s/pod-trouble.ts';
import type { Child } from '../../k8s/types.ts';
import type { Settings } from '../../config.ts';
import { acceptsUnasked } from './alarms.ts';
import { brokerBinding } from './bindings.ts';
import {
  ADVANCED_CONFIG,
  ENABLED_PLUGINS,
  rabbitmqConfig,
  TLS_MOUNT,
} from '../../engines/rabbitmq/configuration.ts';
import { DISTRIBUTION_CONFIG, distributionConfig } from '../../engines/rabbitmq/distribution.ts';
import { HEALTH_SCRIPT } from '../../engines/rabbitmq/health-script.ts';
import { brokerSelector, configName, nodesService, PORT } from '../../engines/rabbitmq/names.ts';
import { departingStatus } from '../providers.ts';
import { BrokerReachable, TopologySynced } from './conditions.ts';
import { nodesUnasked } from './nodes-as-declared.ts';
import type { Observed } from './observed.ts';
import { QUEUES_UNASKED } from './queues-available.ts';
import { rootSecrets } from './roots.ts';
import { sizeOf } from './size.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { chosenImage, FLAGS_UNASKED, knownVersion } from './version.ts';
import { CredentialsKept } from '../../engines/credentials.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { brokerStatefulSet, DATA_DIRECTORY } from '../../engines/rabbitmq/workload.ts';

/** What has to be for a broker. Pure. */
export function plan(
  broker: MessageBroker,
  observed: Observed,
  settings: Settings,
  zone: Zone,
): Plan<MessageBrokerStatus> {
  const { certificate, passwords, pods } = observed;
  const waiting = whyNotReady(pods, observed.refusal);
  const { name } = broker.metadata;
  const { deletionPolicy } = broker.spec;
  const { replicas, configured } = sizeOf(broker, observed);
  const selector = brokerSelector(broker);
  const clientPorts = [
    { name: 'amqps', port: ENGINE_PORT.rabbitmq },
    { name: 'management', port: PORT.management },
  ];
  const { image, condition: version } = chosenImage(broker, observed, offersOf(settings));
  const workload =
    image === undefined
      ? undefined
      : brokerStatefulSet(
          broker,
          observed,
          { ...settings, rabbitmqImage: image },
          { replicas, nodes: configured, zone },
        );
  return {
    children: [
      ...rootSecrets(name, observed).map(({ secret, entries }) =>
        rootSecret(secret, entries, deletionPolicy),
      ),
      certificateSecret(name, certificate),
      ...[...passwords].map(([service, password]) =>
        brokerBinding(broker, { service, password }, certificate.bundle, zone),
      ),
      configMap(configName(name), {
        'rabbitmq.conf': rabbitmqConfig(broker, configured, zone),
        'advanced.config': ADVANCED_CONFIG,
        enabled_plugins: ENABLED_PLUGINS,
        [DISTRIBUTION_CONFIG]: distributionConfig(TLS_MOUNT),
        'health.sh': HEALTH_SCRIPT,
      }),
      headlessService(nodesService(name), selector, clientPorts),
      clientService(name, selector, clientPorts),
      oneAtATime(name, selector),
      policy(broker, observed, settings, configured),
      ...(workload === undefined ? [] : [workload]),
    ],
    conditions: [
      BrokerReachable.because(waiting.reason, waiting.message),
      ...(workload === undefined ? [] : [membersCurrent(workload, observed)]),
      TopologySynced.because('Waiting', 'queues and users are made when the broker is up'),
      QUEUES_UNASKED,
      acceptsUnasked(broker),
      judgeDataOnVolume(pods, DATA_DIRECTORY),
      certificate.condition,
      UNASKED,
      nodesUnasked(replicas, broker.spec.nodes),
      version,
      FLAGS_UNASKED,
      CredentialsKept.because('Kept', 'the Secrets of the data are there'),
    ],
    status: {
      readyNodes: pods.filter(isReady).length,
      ...(replicas > broker.spec.nodes ? { shrinkingTo: replicas } : {}),
      ...knownVersion(broker),
      ...departingStatus(observed),
    },
  };
}

function policy(
  broker: MessageBroker,
  { services, formerServices }: Observed,
  settings: Settings,
  nodes: number,
): Child {
  const { leaseNamespace, dnsServers: dns } = settings;
  return accessPolicy({
    name: broker.metadata.name,
    pods: brokerSelector(broker),
    dns,
    ingress: [
      ...fromServices([...services.map(({ service }) => service), ...formerServices], [ENGINE_PORT.rabbitmq]),
      fromOperator(leaseNamespace, [PORT.management]),
      fromObservability([PORT.metrics]),
    ],
    // Of a broker of one node nobody but the node itself has anything to do there.
    peerPorts: nodes === 1 ? [] : [PORT.epmd, PORT.distribution],
  });
}
