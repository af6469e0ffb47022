import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Edges } from '../network/edges.ts';
import { usesBroker } from '../../../graph/declared.ts';
import { compare } from '../../../k8s/order.ts';
import { bindingSecretName, bindingsConfigMapName } from '../../../names/service-names.ts';
import { identitySecretName } from '../../../pki/tls-secret.ts';
import type { PodTemplate } from '../../../k8s/types.ts';

/** Where bindings are mounted: the root of the Service Binding specification's workload projection. */
export const BINDING_ROOT = '/bindings';

/** Name of the binding with the certificate for clients outside the cluster. */
const PUBLIC = 'public';

/** Name of the binding that tells a gateway where to send what. */
const ROUTES = 'routes';

export interface Binding {
  /** Folder below the binding root. */
  name: string;
  volume: Record<string, unknown> & { name: string };
}

interface KeyToPath {
  key: string;
  path: string;
}

/** The bindings of a service as volumes, one folder each (docs/concepts/contracts.md). */
export function bindings(service: HealthcareService, edges: Edges): Binding[] {
  const { metadata, spec } = service;
  return [
    internalBinding(metadata.name),
    ...(spec.role === 'gateway' ? [routesBinding(metadata.name)] : []),
    ...publicBinding(service),
    ...providers(service, edges).map((provider) => providerBinding(metadata.name, provider)),
    ...(spec.secrets ?? [])
      .map(({ name }) => name)
      .sort(compare)
      .map((secret) => secretBinding(metadata.name, secret)),
  ];
}

/** Names of the stores, in order, and of the broker whose credentials the service needs, existing or not. */
export function providers({ spec }: HealthcareService, { broker }: Pick<Edges, 'broker'>): string[] {
  const name = usesBroker(spec) ? (spec.broker ?? broker?.metadata.name) : undefined;
  const stores = (spec.stores ?? []).map(({ store }) => store).sort(compare);
  return [...stores, ...(name === undefined ? [] : [name])];
}

/** Volume and mount of each binding, for the pod and for the container. */
export function mounts(list: readonly Binding[]): Record<string, unknown>[] {
  return list.map(({ name }) => ({
    name: volumeName(name),
    mountPath: `${BINDING_ROOT}/${name}`,
    readOnly: true,
  }));
}

/** Whether the pods of a template read the routes of a gateway. */
export function mountsRoutes({ spec }: PodTemplate): boolean {
  return (spec.volumes ?? []).some(({ name }) => name === volumeName(ROUTES));
}

function volumeName(binding: string): string {
  return `binding-${binding}`;
}

function internalBinding(service: string): Binding {
  return projected('internal', [
    { secret: { name: identitySecretName(service), items: files('tls.crt', 'tls.key', 'ca.crt') } },
    fromConfigMap(service, [{ key: 'internal.type', path: 'type' }, ...files('callers.json')]),
  ]);
}

/** The certificate for clients outside the cluster. Optional: until it is there, the service shows the one that it has anyway. */
function publicBinding({ metadata, spec }: HealthcareService): Binding[] {
  const secret = spec.http?.tls?.secretName;
  if (secret === undefined) return [];
  return [
    projected(PUBLIC, [
      { secret: { name: secret, items: files('tls.crt', 'tls.key'), optional: true } },
      fromConfigMap(metadata.name, [{ key: 'public.type', path: 'type' }]),
    ]),
  ];
}

function files(...names: string[]): KeyToPath[] {
  return names.map((name) => ({ key: name, path: name }));
}

function routesBinding(service: string): Binding {
  return projected(ROUTES, [
    fromConfigMap(service, [
      { key: 'routes.type', path: 'type' },
      { key: 'routes.json', path: 'routes.json' },
    ]),
  ]);
}

function providerBinding(service: string, provider: string): Binding {
  return projected(provider, [{ secret: { name: bindingSecretName(service, provider) } }]);
}

/** The type comes last: what is projected later wins over a key of the same name in the Secret. */
function secretBinding(service: string, secret: string): Binding {
  return projected(secret, [
    { secret: { name: secret } },
    fromConfigMap(service, [{ key: 'secret.type', path: 'type' }]),
  ]);
}

function projected(name: string, sources: Record<string, unknown>[]): Binding {
  return { name, volume: { name: volumeName(name), projected: { defaultMode: 0o440, sources } } };
}

function fromConfigMap(service: string, items: KeyToPath[]): Record<string, unknown> {
  return { configMap: { name: bindingsConfigMapName(service), items } };
}
