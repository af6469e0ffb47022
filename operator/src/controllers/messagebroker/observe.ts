import { LABEL } from '../../api/group.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers, type MessageBroker } from '../../api/messagebroker.ts';
import type { EventEdges } from '../../engines/rabbitmq/topology.ts';
import type { Authorities } from '../../pki/authority.ts';
import { observeCertificate, usableCertificate } from '../../pki/server-certificate.ts';
import { byPodProviders, formerUsers, serviceOf } from '../../graph/pod-edges.ts';
import type { Context } from '../../runtime/controller.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { claimedMembers, claimsByPod } from '../../k8s/claims.ts';
import { certificateNames, type Zone } from '../../k8s/dns-names.ts';
import { statefulSets } from '../../k8s/types.ts';
import { enginePods } from '../../k8s/pods.ts';
import { resolveBroker, usesBroker } from '../../graph/declared.ts';
import { isRolling } from './rolling.ts';
import { brokerSelector, nodesService } from '../../engines/rabbitmq/names.ts';
import { reservedAccount } from '../../names/reserved-name.ts';
import { refusalOf } from '../../k8s/refused-pods.ts';
import { readLogins } from '../providers.ts';
import type { Observed } from './observed.ts';
import { readRoots } from './roots.ts';

/** Reads what decides about a broker; makes secrets and certificates up where there are none, which the plan then applies. */
export async function observe(
  broker: MessageBroker,
  context: Context,
  authorities: Authorities,
  { zone, graceMs }: { zone: Zone; graceMs: number },
): Promise<Observed> {
  const { name } = broker.metadata;
  const { namespace } = zone;
  const dnsNames = certificateNames(name, { client: name, headless: nodesService(name) }, zone);
  const request = { namespace, name, dnsNames, ipAddresses: ['127.0.0.1'] };
  const users = usersOf(broker, context);
  const services = users.map(edgesOf);
  const nodes = context.cache.list(enginePods, namespace, { [LABEL.broker]: name });
  const workload = context.cache.get(statefulSets, { namespace, name });
  const claims = claimsByPod(context.cache, namespace, brokerSelector(broker));
  const presentNodes = workload === undefined ? claimedMembers(claims) : (workload.spec?.replicas ?? 0);
  return {
    services,
    rolling: rollingOf(broker, users, context),
    formerServices: formerUsers(
      broker,
      services.map(({ service }) => service),
      context.cache,
    ),
    ...(await readLogins(
      {
        type: messageBrokers,
        engine: 'rabbitmq',
        provider: broker,
        services: services.map(({ service }) => service),
        graceMs,
      },
      context,
    )),
    ...(await readRoots(context, { namespace, name }, workload !== undefined || claims.size > 0)),
    certificate: usableCertificate(await observeCertificate(authorities, request, context)),
    pods: nodes,
    workload,
    presentNodes,
    refusal: refusalOf({ set: name, namespace, replicas: presentNodes, pods: nodes }, context.cache),
  };
}

/** Services that take part in events through the broker, in order. */
function usersOf(broker: MessageBroker, { cache }: Pick<Context, 'cache'>): HealthcareService[] {
  const { namespace = '', name } = broker.metadata;
  const brokers = cache.list(messageBrokers, namespace).filter(isStaying);
  const isUser = ({ metadata, spec }: HealthcareService): boolean => {
    if (reservedAccount('rabbitmq', metadata.name) !== undefined) return false;
    const resolved = usesBroker(spec) ? resolveBroker(spec.broker, brokers) : undefined;
    return typeof resolved === 'object' && resolved.metadata.name === name;
  };
  return cache
    .list(healthcareServices, namespace)
    .filter((service) => isStaying(service) && isUser(service))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ metadata }: HealthcareService): string {
  return metadata.name;
}

function edgesOf({ metadata, spec }: HealthcareService): EventEdges {
  return {
    service: metadata.name,
    publishes: (spec.publishes ?? []).map(({ event }) => event),
    consumes: (spec.consumes ?? []).map(({ event }) => event),
  };
}

function rollingOf(
  { metadata: { name, namespace } }: MessageBroker,
  users: readonly HealthcareService[],
  { cache }: Pick<Context, 'cache'>,
): Set<string> {
  const pods = Map.groupBy(cache.byIndex(byPodProviders, name, namespace), serviceOf);
  return new Set(users.filter((user) => isRolling(user, pods.get(nameOf(user)) ?? [])).map(nameOf));
}
