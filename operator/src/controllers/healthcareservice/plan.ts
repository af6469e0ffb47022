import type { HealthcareService, HealthcareServiceStatus } from '../../api/healthcareservice.ts';
import type { EventNote, JudgedCondition, Plan } from '../../runtime/controller.ts';
import { wouldBlock } from './network/blocked-flows.ts';
import type { BlockedFlows } from './network/blocked-flows.ts';
import { configMap } from './bindings/config-map.ts';
import { resolveEdges } from './network/edges.ts';
import type { Edges } from './network/edges.ts';
import { available } from './conditions/available.ts';
import { bindingsReady } from './conditions/bindings-ready.ts';
import { dataProtected } from './conditions/data-protected.ts';
import { edgesEnforced } from './conditions/edges-enforced.ts';
import { edgesResolved } from './conditions/edges-resolved.ts';
import { edgesUsed } from './conditions/edges-used.ts';
import { pathsFree } from './conditions/paths-free.ts';
import { rolledOut } from './conditions/rolled-out.ts';
import type { Child } from '../../k8s/types.ts';
import { networkPolicy } from './network/network-policy.ts';
import type { Observed } from './observed.ts';
import { planRollout } from './rollout/plan-rollout.ts';
import type { Rollout } from './rollout/rollout.ts';
import { budgetRaised, disruptionOf, podDisruptionBudget } from './workload/pod-disruption-budget.ts';
import type { Disruption } from './workload/pod-disruption-budget.ts';
import { podTemplate } from './workload/pod-template.ts';
import { leftToOthers, wantedReplicas } from './workload/replicas.ts';
import { reservedName } from '../../names/reserved-name.ts';
import { service } from './network/service.ts';
import { serviceAccount } from './workload/service-account.ts';
import { status } from './status.ts';

export interface PlanSettings {
  imagePullPolicy: string;
  priorityClassPrefix: string;
}

/** What a service needs to be what its spec says, and how far it is. Pure. */
export function plan(
  object: HealthcareService,
  observed: Observed,
  settings: PlanSettings,
): Plan<HealthcareServiceStatus> {
  const reserved = reservedName(object.metadata);
  if (reserved !== undefined) return nothing(reserved);
  const edges = resolveEdges(object, observed);
  const blocked = wouldBlock(object, edges, observed);
  const replicas = wantedReplicas(object, observed);
  const disruption = disruptionOf(object, observed, replicas);
  const bound = bindingsReady(object, edges, observed);
  const isProtected = dataProtected(object, edges);
  const { children, rollout, requeueAfterMs } = planRollout(object, edges, observed, {
    content: podTemplate(object, edges, { ...settings, secretsFingerprint: observed.secretsFingerprint }),
    replicas,
    isBound: isTrue(bound),
    mayBegin: mayBegin(observed, [bound, isProtected]),
  });
  // In the order in which they matter: the first that is not True is the reason of `Ready`.
  const conditions = [
    edgesResolved(edges),
    ...pathsFree(edges),
    bound,
    isProtected,
    available(rollout),
    rolledOut(rollout, object.spec.rollout.deadline),
    edgesUsed(edges),
    edgesEnforced(object, blocked, observed.shadow.isObserved),
  ];
  return {
    children: [
      ...surroundings(object, edges, observed, { rollout, disruption }),
      ...children.map((child) => leftToOthers(child, observed)),
    ],
    conditions,
    status: { ...status(object, rollout), ...blockedStatus(blocked) },
    events: [
      ...conditions.flatMap(warning),
      ...budgetRaised(disruption),
      ...foreignAutoscaler(object, observed),
    ],
    ...sooner(requeueAfterMs, disruption.againMs, blocked.againMs),
  };
}

function blockedStatus({ list, more }: BlockedFlows): Partial<HealthcareServiceStatus> {
  return {
    ...(list.length === 0 ? {} : { wouldBlock: list }),
    ...(more === 0 ? {} : { wouldBlockMore: more }),
  };
}

/** When to look again: at the first of several moments. */
function sooner(...times: (number | undefined)[]): { requeueAfterMs?: number } {
  const due = times.filter((time) => time !== undefined);
  return due.length === 0 ? {} : { requeueAfterMs: Math.min(...due) };
}

/** A service that would change what Kubernetes has under its name gets none of its children. */
function nothing(message: string): Plan<HealthcareServiceStatus> {
  const condition = { type: 'NamesFree', status: 'False', reason: 'NameReserved', message } as const;
  return { children: [], conditions: [condition], events: warning(condition) };
}

/** Everything but the pods, in the order in which the pods need it. */
function surroundings(
  object: HealthcareService,
  edges: Edges,
  observed: Observed,
  { rollout, disruption }: { rollout: Rollout; disruption: Disruption },
): Child[] {
  const otherRevisions = rollout.others.map(({ template }) => template);
  const front = service(object, otherRevisions);
  return [
    serviceAccount(object),
    configMap(object, edges, observed.tokens, otherRevisions),
    networkPolicy(object, edges),
    podDisruptionBudget(object, disruption),
    ...(front === undefined ? [] : [front]),
  ];
}

/**
 * The first pods wait until they can start and their data is protected. A service that runs is never taken away: with
 * `maxUnavailable: 0` its old pods serve until new ones are ready, however long something is missing.
 */
function mayBegin({ deployment }: Observed, conditions: readonly JudgedCondition[]): boolean {
  return deployment !== undefined || conditions.every(isTrue);
}

function isTrue({ status: judged }: JudgedCondition): boolean {
  return judged === 'True';
}

/** Reasons that somebody has to act upon; the others pass by themselves. */
const ALARMING = new Set([
  'DanglingEdge',
  'NameReserved',
  'PathTaken',
  'SecretMissing',
  'SecretWithheld',
  'EncryptionUnproven',
  'ProgressDeadlineExceeded',
  'RolledBack',
  'UnknownRevision',
  'BurnsSlo',
  'CrashLooping',
  'ImagePullFailed',
  'ContainerNotCreated',
  'Unschedulable',
  'PodsRefused',
]);

function warning({ status: judged, reason, message }: JudgedCondition): EventNote[] {
  return judged === 'False' && ALARMING.has(reason) ? [{ type: 'Warning', reason, message }] : [];
}

function foreignAutoscaler({ metadata }: HealthcareService, observed: Observed): EventNote[] {
  if (!observed.foreignAutoscaler) return [];
  const message = `a HorizontalPodAutoscaler targets the Deployment ${metadata.name}: its replicas are followed; delete it to let spec.replicas or a ScalingPolicy decide`;
  return [{ type: 'Warning', reason: 'ForeignAutoscaler', message }];
}
