import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Edges } from '../network/edges.ts';
import { callUrl } from '../network/call-address.ts';
import type { Child, PodTemplate } from '../../../k8s/types.ts';
import { bindingsConfigMapName } from '../../../names/service-names.ts';
import { mountsRoutes } from './bindings.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** Where a gateway sends which paths. */
export interface Route {
  service: string;
  url: string;
  paths: string[];
}

/** Who may call, and whom a gateway routes to. */
export interface BoundEdges extends Pick<Edges, 'calls'> {
  callers: readonly { service: string }[];
}

/** Files that change in place. A former gateway keeps its routes while pods of an earlier revision may read them. */
export function configMap(
  service: HealthcareService,
  edges: BoundEdges,
  tokens: TokenIssuer,
  otherRevisions: readonly PodTemplate[] = [],
): Child {
  const gateway =
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
      issuer: tokens.issuer,
      'jwks.json': tokens.jwks,
      'callers.json': JSON.stringify([...new Set(edges.callers.map((caller) => caller.service))]),
      'secret.type': 'secret',
      ...gateway,
    },
  };
}

/** The routes of a gateway: the exposed paths of the services that it calls. */
export function routes(edges: Pick<Edges, 'calls'>, namespace?: string): Route[] {
  return edges.calls
    .filter(({ portName, paths }) => portName === 'http' && paths.length > 0)
    .map((call) => ({ service: call.service, url: callUrl(call, namespace), paths: [...call.paths] }));
}
