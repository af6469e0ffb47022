import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Finding, OtherObjects } from './rule.ts';

export const NODE_PORT_FIELD = 'spec.http.expose.nodePort';

/** A port of the nodes is one service's, in whatever namespace; who is first may not have its Service yet. */
export function nodePorts(service: HealthcareService, { onNodePorts }: OtherObjects): Finding[] {
  const wanted = nodePortOf(service);
  const rival = onNodePorts.find((other) => wanted !== undefined && nodePortOf(other) === wanted);
  if (rival === undefined) return [];
  const { name, namespace } = rival.metadata;
  // Who may write here need not know the names of other namespaces.
  const whose = namespace === service.metadata.namespace ? name : 'of another namespace';
  return [
    {
      effect: 'refuse',
      field: NODE_PORT_FIELD,
      message: `the node port ${wanted} is the HealthcareService ${whose}'s: choose another, or none to get a free one`,
      rival: { type: healthcareServices, key: keyOf(rival) },
    },
  ];
}

/** The port of the nodes that the service asks for. */
export function nodePortOf({ spec }: Pick<HealthcareService, 'spec'>): number | undefined {
  return spec.http?.expose?.nodePort;
}
