import type { MessageBroker } from '../../api/messagebroker.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { serviceHost, type Zone } from '../../k8s/dns-names.ts';
import { bindingSecret } from '../../k8s/generated-text.ts';
import type { Child } from '../../k8s/types.ts';
import { bindingSecretName } from '../../names/service-names.ts';

/** The Secret that a service finds as `/bindings/<broker>` (docs/concepts/contracts.md). */
export function brokerBinding(
  { metadata }: MessageBroker,
  login: { service: string; password: string },
  ca: string,
  zone: Zone,
): Child {
  const { service, password } = login;
  const host = serviceHost(metadata.name, zone);
  const port = String(ENGINE_PORT.rabbitmq);
  const vhost = zone.namespace;
  return bindingSecret(bindingSecretName(service, metadata.name), 'rabbitmq', {
    host,
    port,
    username: service,
    password,
    'virtual-host': vhost,
    uri: `amqps://${service}:${password}@${host}:${port}/${encodeURIComponent(vhost)}`,
    'ca.crt': ca,
  });
}
