import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Edges } from '../network/edges.ts';
import type { NamedCall } from '../../../graph/pod-edges.ts';
import { callUrl, portNames } from '../network/call-address.ts';
import type { Child, PodTemplate } from '../../../k8s/types.ts';
import { compare } from '../../../k8s/order.ts';
import { bindingsConfigMapName, spiffeId } from '../../../names/service-names.ts';
import { mountsRoutes } from './bindings.ts';

/** Where a gateway sends which paths. */
export interface Route {
  service: string;
  url: string;
  paths: string[];
}

/** Who may call, and whom a gateway routes to. */
export interface BoundEdges extends Pick<Edges, 'calls'> {
  callers: readonly NamedCall[];
}

type BindingFile =
  'internal.type' | 'callers.json' | 'public.type' | 'secret.type' | 'routes.type' | 'routes.json';

/** What the ConfigMap has, or has where pods mount it. */
export const BINDING_FILES: ReadonlySet<string> = new Set<BindingFile>([
  'internal.type',
  'callers.json',
  'public.type',
  'secret.type',
  'routes.type',
  'routes.json',
]);

/** Files that change in place. A former gateway keeps its routes while pods of an earlier revision may read them. */
export function configMap(
  service: HealthcareService,
  edges: BoundEdges,
  trustDomain: string,
  otherRevisions: readonly PodTemplate[] = [],
): Child {
  const gateway: Partial<Record<BindingFile, string>> =
    service.spec.role === 'gateway' || otherRevisions.some(mountsRoutes)
      ? {
          'routes.type': 'careplane-routes',
          'routes.json': JSON.stringify(routes(edges, service.metadata.namespace)),
        }
      : {};
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: bindingsConfigMapName(service.metadata.name) },
    data: {
      'internal.type': 'careplane-internal',
      'callers.json': JSON.stringify(callers(service, edges, trustDomain)),
      'public.type': 'careplane-public',
      'secret.type': 'secret',
      ...gateway,
    } satisfies Partial<Record<BindingFile, string>>,
  };
}

/** Who may call each port, by the identities in their certificates: `{"http":["spiffe://cluster.local/ns/clinic/sa/gateway"]}`. */
function callers(
  { metadata: { namespace = '' }, spec }: HealthcareService,
  edges: Pick<BoundEdges, 'callers'>,
  trustDomain: string,
): Record<string, string[]> {
  return Object.fromEntries(
    portNames(spec)
      .sort(compare)
      .map((portName) => [
        portName,
        edges.callers
          .filter((caller) => caller.portName === portName)
          .map(({ service }) => spiffeId({ service, namespace, trustDomain })),
      ]),
  );
}

/** The routes of a gateway: the exposed paths of the services that it calls. */
export function routes(edges: Pick<Edges, 'calls'>, namespace?: string): Route[] {
  return edges.calls
    .filter(({ portName, paths }) => portName === 'http' && paths.length > 0)
    .map((call) => ({ service: call.service, url: callUrl(call, namespace), paths: [...call.paths] }));
}
