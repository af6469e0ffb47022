import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { ENGINE_PORT } from '../../../api/ports.ts';
import { compare } from '../../../k8s/order.ts';
import type { Cache, Index } from '../../../runtime/controller.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../runtime/kube.ts';
import { timestamp } from '../../../runtime/status/conditions.ts';
import type { Edges } from './edges.ts';

/** In Shadow the policy agent reports what it would block as Events about the NetworkPolicy (docs/concepts/edges.md). */
export interface PolicyEvent extends KubeObject {
  reason?: string;
  note?: string;
  reportingController?: string;
  eventTime?: string;
  series?: { lastObservedTime?: string };
  regarding?: { kind?: string; namespace?: string; name?: string };
}

export const policyEvents: ResourceType<PolicyEvent> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

const REPORTER = 'careplane.dev/policy-agent';

/** Only these events are fetched and cached. */
export const OF_AGENT = `reportingController=${REPORTER}`;

/** Reason of the events by which the agent says, every few minutes, that it watches a policy in shadow. */
const OBSERVES = 'Observes';

/** `ingress from clinic/mail-sink TCP 8080`; anybody who may write Events could write something else. */
const LINE = /^(ingress from|egress to) [\w.:/-]{1,180} (TCP|UDP|SCTP) \d{1,5}$/;

/** As many as the status holds. */
const MOST = 64;

/** How long a line is remembered after it was last seen: a week's work of a service (milliseconds). */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** A later time is not worth a write before it is that much later (milliseconds). */
const APART_MS = 3_600_000;

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

/** What the agent says about a service. */
export interface ShadowReports {
  /** Lines, each with when it was seen last (milliseconds since the epoch). */
  flows: readonly { flow: string; at: number }[];
  /** Whether the agent was there within the last hour, which is how long an event is kept. */
  isObserved: boolean;
}

/** What would be blocked. */
export interface BlockedFlows {
  list: { flow: string; lastSeen: string }[];
  /** How many there are beyond the list. */
  more: number;
  /** When the first of them is to be forgotten (milliseconds). */
  againMs: number | undefined;
}

/** What is reported about a service. */
export function shadowReports({ metadata }: HealthcareService, cache: Cache): ShadowReports {
  const events = cache.byIndex(byPolicy, metadata.name, metadata.namespace);
  const flows = events.flatMap((event) => {
    const flow = (event.note ?? '').trim();
    const at = Date.parse(event.series?.lastObservedTime ?? event.eventTime ?? '');
    return LINE.test(flow) && !Number.isNaN(at) ? [{ flow, at }] : [];
  });
  return { flows, isObserved: flows.length > 0 || events.some(({ reason }) => reason === OBSERVES) };
}

/** Flows that are reported now, or that the status remembers (an Event lives for an hour), without those that are declared by now. Pure. */
export function wouldBlock(
  service: HealthcareService,
  edges: Edges,
  shadow: Pick<ShadowReports, 'flows'>,
  now: number,
): BlockedFlows {
  if (service.spec.enforcement !== 'Shadow') return { list: [], more: 0, againMs: undefined };
  const declared = declaredFlows(service.metadata.namespace ?? '', edges);
  const all = [...lastSeen(service, shadow)]
    .filter(([flow, at]) => !declared.has(flow) && now - at < REMEMBERED_MS)
    .sort(([a, at], [b, bt]) => bt - at || compare(a, b));
  const kept = all.slice(0, MOST);
  const oldest = kept.at(-1)?.[1];
  return {
    list: kept
      .map(([flow, at]) => ({ flow, lastSeen: timestamp(at) }))
      .sort((a, b) => compare(a.flow, b.flow)),
    more: all.length - kept.length,
    againMs: oldest === undefined ? undefined : oldest + REMEMBERED_MS - now,
  };
}

/** When each line was seen last, of the status and the reports (milliseconds since the epoch). */
function lastSeen(
  { status }: HealthcareService,
  { flows }: Pick<ShadowReports, 'flows'>,
): Map<string, number> {
  const seen = new Map((status?.wouldBlock ?? []).map(({ flow, lastSeen: at }) => [flow, Date.parse(at)]));
  for (const { flow, at } of flows) {
    const before = seen.get(flow);
    if (before === undefined || at - before >= APART_MS) seen.set(flow, at);
  }
  return seen;
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
