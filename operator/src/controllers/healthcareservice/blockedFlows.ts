import type { HealthcareService } from '../../api/healthcareservice.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { compare } from '../../graph/order.ts';
import type { Cache, Index } from '../../runtime/controller.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../runtime/kube.ts';
import type { Edges } from './edges.ts';

/**
 * Under `enforcement: Shadow` whoever enforces the policies blocks nothing and reports what it would have blocked as
 * Events about the NetworkPolicy, one for each distinct line (docs/concepts/edges.md).
 */
export interface PolicyEvent extends KubeObject {
  reason?: string;
  note?: string;
  reportingController?: string;
  regarding?: { kind?: string; namespace?: string; name?: string };
}

export const policyEvents: ResourceType<PolicyEvent> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Only these events are fetched and cached. */
export const WOULD_BLOCK = 'reason=WouldBlock';

const REPORTER = 'careplane.dev/policy-agent';

/** `ingress from clinic/mail-sink TCP 8080`; anybody who may write Events could write something else. */
const LINE = /^(ingress from|egress to) [\w.:/-]{1,180} (TCP|UDP|SCTP) \d{1,5}$/;

/** As many as the status holds. */
const MOST = 32;

/** Reports by the service whose policy they are about. */
export const byPolicy: Index<PolicyEvent> = {
  type: policyEvents,
  name: 'policy',
  keys: (event) => subjectOf(event).map(({ name }) => name),
};

/** The service that a report is about: policy and service have the same name. */
export function subjectOf({ regarding, reportingController, metadata }: PolicyEvent): ObjectKey[] {
  const { kind, name, namespace = '' } = regarding ?? {};
  const isReport = reportingController === REPORTER && kind === 'NetworkPolicy';
  // An event lies in the namespace of what it is about; one that says otherwise is not the agent's.
  if (!isReport || name === undefined || namespace !== (metadata.namespace ?? '')) return [];
  return [{ namespace, name }];
}

/** The lines that are reported about a service. */
export function reportedFlows({ metadata }: HealthcareService, cache: Cache): string[] {
  const events = cache.byIndex(byPolicy, metadata.name, metadata.namespace);
  return events.map(({ note = '' }) => note.trim()).filter((line) => LINE.test(line));
}

/**
 * What is still to be declared: reports outlive the declaration of their edge by an hour, so what is declared by now
 * is left out.
 */
export function wouldBlock(service: HealthcareService, edges: Edges, reported: readonly string[]): string[] {
  if (service.spec.enforcement !== 'Shadow') return [];
  const declared = declaredFlows(service.metadata.namespace ?? '', edges);
  return [...new Set(reported)]
    .filter((line) => !declared.has(line))
    .sort(compare)
    .slice(0, MOST);
}

function declaredFlows(namespace: string, { callers, calls, stores, broker }: Edges): Set<string> {
  const flow = (direction: string, name: string, port: number): string =>
    `${direction} ${namespace}/${name} TCP ${String(port)}`;
  return new Set([
    ...callers.map(({ service, port }) => flow('ingress from', service, port)),
    ...calls.map(({ service, port }) => flow('egress to', service, port)),
    ...stores.map(({ metadata, spec }) => flow('egress to', metadata.name, ENGINE_PORT[spec.engine])),
    ...(broker === undefined ? [] : [flow('egress to', broker.metadata.name, ENGINE_PORT.rabbitmq)]),
  ]);
}
