import { LABEL } from '../../api/group.ts';
import type { MessageBroker } from '../../api/messagebroker.ts';

/** Selects the pods of a broker; immutable in a StatefulSet, so it never grows. */
export function brokerSelector({ metadata }: MessageBroker): Record<string, string> {
  return { [LABEL.broker]: metadata.name };
}

/** Headless Service that gives the nodes their names; clients use the one named like the broker. */
export function nodesService(broker: string): string {
  return `${broker}-nodes`;
}

/** Secret with the operator's own user: without it a kept volume cannot be administered. */
export function adminSecretName(broker: string): string {
  return `${broker}-admin`;
}

/** Secret with the Erlang cookie, by which the nodes trust each other. */
export function cookieSecretName(broker: string): string {
  return `${broker}-cookie`;
}

export function configName(broker: string): string {
  return `${broker}-config`;
}

/** The operator's own user at the broker. No name in Kubernetes has an underscore: it can never be a service's. */
export const ADMINISTRATOR = 'careplane_operator';

/** What it was called before: a service could have been, were the name not reserved. */
export const FORMER_ADMINISTRATOR = 'careplane-operator';

/** Ports of the pods besides `ENGINE_PORT.rabbitmq`. */
export const PORT = { management: 15671, metrics: 15692, epmd: 4369, distribution: 25672 } as const;
