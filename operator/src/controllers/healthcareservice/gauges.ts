import { milliseconds } from '../../api/duration.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { AuditLogKept } from './audit-log/condition.ts';
import type { ObjectGauge, Reading } from '../../runtime/telemetry/object-gauge.ts';

const availability: ObjectGauge<HealthcareService> = {
  name: 'careplane_slo_availability_ratio',
  help: 'Share of requests that must succeed, as `spec.slo.availability` of the service says (0 to 1); absent where it says nothing.',
  object: 'service',
  read: ({ spec }) => said(spec.slo?.availability, (percent) => ({ value: ratio(percent) })),
};

const latency: ObjectGauge<HealthcareService> = {
  name: 'careplane_slo_latency_p95_seconds',
  help: 'Time within which 95 % of requests must be answered, as `spec.slo.latencyP95` of the service says; absent where it says nothing.',
  object: 'service',
  read: ({ spec }) => said(spec.slo?.latencyP95, (duration) => ({ value: milliseconds(duration) / 1000 })),
};

/** A gauge read from the status, not a counter: it survives a restart and ends when the spec is mended. */
const rolledBack: ObjectGauge<HealthcareService> = {
  name: 'careplane_service_rolled_back',
  help: '1 while the service runs another revision than its spec asks for, by what the one of the spec failed by (ProgressDeadlineExceeded, CrashLooping, BurnsSlo), or Pinned: an annotation holds the other one.',
  object: 'service',
  labels: ['reason'],
  read: (service) => said(reasonOf(service), (reason) => ({ value: 1, labels: { reason } })),
};

const refusedLog: ObjectGauge<HealthcareService> = {
  name: 'careplane_audit_log_refused',
  help: '1 while the log that the service publishes contradicts the checkpoints that were kept of it, by why (Forked, Shortened, OtherKey).',
  object: 'service',
  labels: ['reason'],
  read: ({ status }) => {
    const kept = status?.conditions?.find(({ type }) => type === AuditLogKept.type);
    const reason = CONTRADICTIONS.find((one) => one === kept?.reason);
    return said(reason, (value) => ({ value: 1, labels: { reason: value } }));
  },
};

/** Reasons of `AuditLogKept` that say that the log is not what it was. */
const CONTRADICTIONS = ['Forked', 'Shortened', 'OtherKey'];

/** What on-call has to know of each service. */
export const serviceGauges: readonly ObjectGauge<HealthcareService>[] = [
  availability,
  latency,
  rolledBack,
  refusedLog,
];

/** Why the service runs something else than its spec: `status.rollout.failed.reason`, or `Pinned`. */
function reasonOf({ status }: HealthcareService): string | undefined {
  const rolledOut = status?.conditions?.find(({ type }) => type === 'RolledOut');
  if (rolledOut?.status !== 'False') return undefined;
  // An annotation that names no revision changes nothing of what serves.
  if (['RolledBack', 'UnknownRevision'].includes(rolledOut.reason)) return status?.rollout?.failed?.reason;
  return rolledOut.reason === 'Pinned' ? 'Pinned' : undefined;
}

/** Without the last digits of a binary fraction: 99.9 % is 0.999. */
function ratio(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}

function said<T>(fact: T | undefined, reading: (fact: T) => Reading): Reading[] {
  return fact === undefined ? [] : [reading(fact)];
}
