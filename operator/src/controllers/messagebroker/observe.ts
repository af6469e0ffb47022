import { LABEL } from '../../api/group.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers, type MessageBroker } from '../../api/messagebroker.ts';
import type { EventEdges } from '../../engines/rabbitmq/topology.ts';
import type { Authorities } from '../../pki/authority.ts';
import { observeCertificate, usableCertificate } from '../../pki/server-certificate.ts';
import { formerUsers } from '../../graph/pod-edges.ts';
import type { Context } from '../../runtime/controller.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { certificateNames, type Zone } from '../../k8s/dns-names.ts';
import { statefulSets } from '../../k8s/types.ts';
import { enginePods } from '../../k8s/pods.ts';
import { resolveBroker, usesBroker } from '../../graph/declared.ts';
import { nodesService } from '../../engines/rabbitmq/names.ts';
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
  const services = eventEdges(broker, context);
  const pods = context.cache.list(enginePods, namespace, { [LABEL.broker]: name });
  const workload = context.cache.get(statefulSets, { namespace, name });
  const presentNodes = workload?.spec?.replicas ?? 0;
  return {
    services,
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
    ...(await readRoots(context, { namespace, name })),
    certificate: usableCertificate(await observeCertificate(authorities, request, context)),
    pods,
    workload,
    presentNodes,
    refusal: refusalOf({ set: name, namespace, replicas: presentNodes, pods }, context.cache),
  };
}

function eventEdges(broker: MessageBroker, { cache }: Context): EventEdges[] {
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
    .map(({ metadata, spec }) => ({
      service: metadata.name,
      publishes: (spec.publishes ?? []).map(({ event }) => event),
      consumes: (spec.consumes ?? []).map(({ event }) => event),
    }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}
