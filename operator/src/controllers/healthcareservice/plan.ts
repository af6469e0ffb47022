import type { HealthcareService, HealthcareServiceStatus } from '../../api/healthcareservice.ts';
import { reservedMessage } from '../../api/reserved-names.ts';
import { reservedName } from '../../names/reserved-name.ts';
import type { DnsServer } from '../../k8s/dns-servers.ts';
import { NamesFree } from '../../runtime/apply/name-taken.ts';
import type { JudgedCondition, Plan } from '../../runtime/controller.ts';
import { warningsOf } from '../../runtime/status/reasons.ts';
import { logUnread } from './audit-log/condition.ts';
import { configMap } from './bindings/config-map.ts';
import { generatedStatus } from './bindings/lost-keys.ts';
import type { ObservedSecrets } from './bindings/secrets.ts';
import { identitySecret, type ServiceCertificate } from './bindings/service-certificates.ts';
import { available } from './conditions/available.ts';
import { bindingsReady } from './conditions/bindings-ready.ts';
import { dataProtected } from './conditions/data-protected.ts';
import { drainsAllowed } from './conditions/drains-allowed.ts';
import { edgesEnforced } from './conditions/edges-enforced.ts';
import { edgesResolved } from './conditions/edges-resolved.ts';
import { edgesUsed } from './conditions/edges-used.ts';
import { pathsFree } from './conditions/paths-free.ts';
import { publicCertificateValid } from './conditions/public-certificate-valid.ts';
import { replicasAsDeclared } from './conditions/replicas-as-declared.ts';
import { rolledOut } from './conditions/rolled-out.ts';
import { transportEncrypted } from './conditions/transport-encrypted.ts';
import { wouldBlock, type BlockedFlows, type ShadowReports } from './network/blocked-flows.ts';
import type { Edges } from './network/edges.ts';
import { withFormerCallers, type FormerEdges } from './network/former-edges.ts';
import { networkPolicy } from './network/network-policy.ts';
import { service } from './network/service.ts';
import { planRollout } from './rollout/plan-rollout.ts';
import type { Running } from './rollout/running.ts';
import { status } from './status.ts';
import { podDisruptionBudget } from './workload/pod-disruption-budget.ts';
import { podTemplate } from './workload/pod-template.ts';
import { foreignAutoscaler, scaledStatus, wantedReplicas, type Scaling } from './workload/replicas.ts';
import { serviceAccount } from './workload/service-account.ts';

export interface PlanSettings {
  imagePullPolicy: string;
  priorityClassPrefix: string;
  /** The operator's own namespace. */
  leaseNamespace: string;
  /** The trust domain of the identities. */
  clusterDomain: string;
  /** Absent: what resolves names in the usual clusters. */
  dnsServers?: readonly DnsServer[];
  /** Secrets with which the images of all services are pulled. */
  imagePullSecrets?: readonly string[];
}

/** Everything that decides about one service, read at one moment; each part has its readers. */
export interface Observed {
  edges: Edges;
  former: FormerEdges;
  secrets: ObservedSecrets;
  scaling: Scaling;
  running: Running;
  certificate: ServiceCertificate;
  /** What the policy agent says of the service's policy under Shadow. */
  shadow: ShadowReports;
}

/** What a service needs to be what its spec says, and how far it is. Pure. */
export function plan(
  object: HealthcareService,
  observed: Observed,
  settings: PlanSettings,
): Plan<HealthcareServiceStatus> {
  const reserved = reservedName(object);
  if (reserved?.by === 'Kubernetes') return nothing(reservedMessage(reserved));
  const { edges, former, secrets, scaling, running, certificate, shadow } = observed;
  const blocked = wouldBlock(object, edges, shadow, running.now);
  const replicas = wantedReplicas(object, scaling);
  const drains = drainsAllowed(object, running, replicas);
  const bound = bindingsReady(edges, secrets);
  const isProtected = dataProtected(object, edges.stores);
  const encrypted = transportEncrypted(object);
  const mayStart = [bound, isProtected].every(isTrue);
  const { children, rollout, requeueAfterMs } = planRollout(
    object,
    {
      content: podTemplate(object, edges, { ...settings, secretsFingerprint: secrets.fingerprint }),
      replicas,
      leavesReplicas: scaling.followed?.isTheirs === true,
      mayStart,
      // New pods wait until they can start and their data is protected; pods that run are never taken away.
      mayBegin: running.deployment !== undefined || (mayStart && !counts(encrypted)),
    },
    running,
  );
  // In the order in which they matter: the first that is not True is the reason of `Ready`.
  const conditions = [
    edgesResolved(edges),
    ...pathsFree(edges),
    bound,
    isProtected,
    encrypted,
    certificate.condition,
    ...publicCertificateValid(secrets.outside),
    available(rollout),
    rolledOut(rollout, object.spec.rollout.deadline),
    ...replicasAsDeclared(object, scaling),
    ...drains.conditions,
    edgesUsed(edges),
    edgesEnforced(object, blocked, shadow.isObserved),
    ...logUnread(object),
  ];
  const otherRevisions = rollout.others.map(({ template }) => template);
  return {
    // In the order in which the pods need them.
    children: [
      serviceAccount(object),
      identitySecret(object, certificate),
      configMap(object, withFormerCallers(edges, former), settings.clusterDomain, otherRevisions),
      networkPolicy(object, edges, {
        former,
        dns: settings.dnsServers,
        operatorNamespace: settings.leaseNamespace,
      }),
      podDisruptionBudget(object),
      ...service(object, otherRevisions),
      ...children,
    ],
    conditions,
    status: {
      ...status(object, rollout),
      ...scaledStatus(object, scaling, replicas),
      ...generatedStatus(object, secrets.mounted),
      ...blockedStatus(blocked),
    },
    events: [...warningsOf(conditions), ...foreignAutoscaler(object, scaling)],
    ...soonest(
      requeueAfterMs,
      drains.againMs,
      blocked.againMs,
      Math.max(0, Math.ceil(certificate.lookAgainAt - running.now)),
      untilExpired(secrets.outside, running.now),
    ),
  };
}

/** A service that would change what Kubernetes has under its name gets none of its children. */
function nothing(message: string): Plan<HealthcareServiceStatus> {
  const conditions = [NamesFree.because('NameReserved', message)];
  return { children: [], conditions, events: warningsOf(conditions) };
}

function blockedStatus({ list, more }: BlockedFlows): Partial<HealthcareServiceStatus> {
  return {
    ...(list.length === 0 ? {} : { wouldBlock: list }),
    ...(more === 0 ? {} : { wouldBlockMore: more }),
  };
}

/** Milliseconds until the certificate for clients outside the cluster expires; `undefined` when it has. */
function untilExpired(outside: ObservedSecrets['outside'], now: number): number | undefined {
  const left = (outside?.expires ?? now) - now;
  return left > 0 ? left : undefined;
}

/** When to look again: at the first of several moments. */
function soonest(...times: (number | undefined)[]): { requeueAfterMs?: number } {
  const due = times.filter((time) => time !== undefined);
  return due.length === 0 ? {} : { requeueAfterMs: Math.min(...due) };
}

/** Whether `Ready` is refused because of it. */
function counts({ status: value, informs }: JudgedCondition): boolean {
  return value !== 'True' && informs !== true;
}

function isTrue({ status: value }: JudgedCondition): boolean {
  return value === 'True';
}
