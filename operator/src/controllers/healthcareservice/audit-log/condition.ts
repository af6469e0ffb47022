import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { AT_ONCE, conditionType } from '../../../runtime/status/reasons.ts';

/** It informs: a log that contradicts itself is evidence, and the service goes on. */
export const AuditLogKept = conditionType({
  type: 'AuditLogKept',
  kinds: ['HealthcareService'],
  informs: true,
  meaning:
    'Whether the checkpoints of the log that the service publishes (`spec.auditLog`) go on from those before, and are kept in the namespace of the operator.',
  reasons: {
    Kept: {
      status: 'True',
      meaning: 'The published checkpoint goes on from the one that was kept before.',
      page: 'docs/operations/audit-log.md',
    },
    Unreadable: {
      needsPerson: false,
      meaning: 'No ready pod of the service answers with a checkpoint.',
      remedy: 'Nothing while the service starts. Otherwise see why it is not available.',
    },
    NotCosigned: {
      needsPerson: false,
      meaning: 'The published checkpoint has no cosignature of the witness: it is compared, and not kept.',
      remedy:
        'Nothing while the log is empty or the witness starts. Otherwise see why the witness does not answer.',
      page: 'docs/operations/runbooks/CareplaneAuditWitnessAway.md',
    },
    OtherKey: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The published checkpoint is signed by none of the keys that are known of the log.',
      remedy:
        'When the key or the name of the log was changed on purpose, name its verifier keys in `spec.auditLog.keys`. Otherwise find out who changed it.',
      page: 'docs/operations/runbooks/CareplaneAuditLogForked.md',
    },
    Shortened: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The log has fewer entries than a checkpoint that was kept before.',
      remedy: 'After a restore of the database give the log a new name. Otherwise find out who cut it.',
      page: 'docs/operations/runbooks/CareplaneAuditLogForked.md',
    },
    Forked: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The log does not begin with the entries of a checkpoint that was kept before.',
      remedy: 'Keep what is there, and find out who changed the database.',
      page: 'docs/operations/runbooks/CareplaneAuditLogForked.md',
    },
  },
});

/** What is known before the log is read, of a service that publishes one. */
export function logUnread({ spec }: Pick<HealthcareService, 'spec'>): JudgedCondition[] {
  return spec.auditLog === undefined ? [] : [AuditLogKept.because('Unreadable', 'the log was not read yet')];
}
