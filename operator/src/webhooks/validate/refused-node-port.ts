import { healthcareService, type HealthcareService } from '../../api/healthcareservice.ts';
import { services } from '../../k8s/types.ts';
import { ApiError } from '../../runtime/errors.ts';
import type { AnyObject, KubeObject } from '../../runtime/kube.ts';
import type { LiveRead } from './foreign-objects.ts';
import { NODE_PORT_FIELD, nodePortOf } from './node-ports.ts';
import type { Finding } from './rule.ts';

/** Asks the API server what it would make of an object; nothing is stored. @throws ApiError what it has against it */
export type DryRun = (object: AnyObject) => Promise<unknown>;

/** What the cluster's nodes have to offer. */
export interface ClusterNodePorts {
  /** As `30000-32767`. */
  range: string;
  dryRun: DryRun;
}

/**
 * Only the API server knows who has which port: it is asked with a Service of that port. A dry run looks at no range.
 * @param before the object before the change: a port that it has is its own
 */
export async function refusedNodePort(
  object: KubeObject,
  before: KubeObject | undefined,
  { nodePorts: { range, dryRun }, lookup }: { nodePorts: ClusterNodePorts; lookup: LiveRead },
): Promise<Finding[]> {
  if (object.kind !== healthcareService.kind) return [];
  const service = object as HealthcareService;
  const nodePort = nodePortOf(service);
  if (nodePort === undefined || nodePort === (before && nodePortOf(before as HealthcareService))) return [];
  if (!isWithin(range, nodePort))
    return refusal(
      `the node port ${nodePort} is outside of ${range}, the ports that this cluster has for it`,
    );
  const problem = await problemWith(probe(service, nodePort), dryRun);
  if (problem === undefined || (await hasIt(service, nodePort, lookup))) return [];
  return refusal(`the API server refuses the node port ${nodePort}: ${problem}`);
}

function refusal(problem: string): Finding[] {
  const message = `${problem}; choose another, or none to get a free one`;
  return [{ effect: 'refuse', field: NODE_PORT_FIELD, message }];
}

function isWithin(range: string, port: number): boolean {
  const [from = 0, to = 0] = range.split('-').map(Number);
  return from <= port && port <= to;
}

function probe({ metadata: { namespace = '' } }: HealthcareService, nodePort: number): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'careplane-node-port-probe', namespace },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort }] },
  };
}

/** Other refusals, as of a quota, are about the probe and not about the port. @throws ApiUnreachable */
async function problemWith(object: AnyObject, dryRun: DryRun): Promise<string | undefined> {
  try {
    await dryRun(object);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.causes.find(({ field }) => field.endsWith('nodePort'))?.message;
  }
}

/** Whether the port is that of the Service which the object will have: one that was made before still has it. */
async function hasIt(
  { metadata: { name, namespace = '' } }: HealthcareService,
  nodePort: number,
  lookup: LiveRead,
): Promise<boolean> {
  const live = await lookup(services, { namespace, name });
  return (
    (live as { spec?: { ports?: { nodePort?: number }[] } } | undefined)?.spec?.ports?.some(
      (port) => port.nodePort === nodePort,
    ) === true
  );
}
