import { PrimaryAvailable, Resyncing, UsersSynced } from '../controllers/encryptedstore/conditions.ts';
import { SecretGenerated } from '../controllers/healthcareservice/act.ts';
import { AuditLogKept } from '../controllers/healthcareservice/audit-log/condition.ts';
import { Available } from '../controllers/healthcareservice/conditions/available.ts';
import { BindingsReady } from '../controllers/healthcareservice/conditions/bindings-ready.ts';
import { DataProtected } from '../controllers/healthcareservice/conditions/data-protected.ts';
import { DrainsAllowed } from '../controllers/healthcareservice/conditions/drains-allowed.ts';
import { EdgesEnforced } from '../controllers/healthcareservice/conditions/edges-enforced.ts';
import { EdgesResolved } from '../controllers/healthcareservice/conditions/edges-resolved.ts';
import { EdgesUsed } from '../controllers/healthcareservice/conditions/edges-used.ts';
import { PathsFree } from '../controllers/healthcareservice/conditions/paths-free.ts';
import { PublicCertificateValid } from '../controllers/healthcareservice/conditions/public-certificate-valid.ts';
import { ReplicasAsDeclared } from '../controllers/healthcareservice/conditions/replicas-as-declared.ts';
import { RolledOut } from '../controllers/healthcareservice/conditions/rolled-out.ts';
import { TransportEncrypted } from '../controllers/healthcareservice/conditions/transport-encrypted.ts';
import { ForeignAutoscaler } from '../controllers/healthcareservice/workload/replicas.ts';
import {
  AcceptsMessages,
  BrokerReachable,
  FeatureFlagsEnabled,
  NodesAsDeclared,
  QueuesAvailable,
  TopologySynced,
} from '../controllers/messagebroker/conditions.ts';
import {
  GrafanaAvailable,
  PrometheusAvailable,
  RulesLoaded,
  TargetsUp,
} from '../controllers/observabilitystack/conditions.ts';
import { MetricsAvailable, SoleOwner, TargetFound } from '../controllers/scalingpolicy/conditions.ts';
import { CredentialsKept } from '../engines/credentials.ts';
import { DataOnVolume } from '../engines/data-volume.ts';
import { StorageEncrypted } from '../engines/encryption-proof.ts';
import { VersionCurrent } from '../engines/versions/conditions.ts';
import { MembersCurrent } from '../k8s/members-current.ts';
import { CertificatesCurrent, CertificatesValid } from '../pki/conditions.ts';
import {
  BindingsWritten,
  ChildrenInSync,
  DriftCorrected,
  FieldsTaken,
} from '../runtime/apply/children-report.ts';
import { NamesFree } from '../runtime/apply/name-taken.ts';
import { DefinitionGoing } from '../runtime/safety/definition-note.ts';
import { NamespaceForbidden } from '../runtime/safety/namespace-note.ts';
import { Paused } from '../runtime/safety/pause.ts';
import { Ready } from '../runtime/status/conditions.ts';
import { Reconciling, Stalled } from '../runtime/status/progress.ts';
import type { ConditionDescription, EventDescription } from '../runtime/status/reasons.ts';

export type { ConditionDescription, EventDescription, Reason } from '../runtime/status/reasons.ts';

/** Every condition that the operator sets: the source of docs/reference/conditions.md and of `careplane explain`. */
export const conditionCatalogue: readonly ConditionDescription[] = [
  Ready,
  Reconciling,
  Stalled,
  NamesFree,
  ChildrenInSync,
  BindingsWritten,
  Paused,
  EdgesResolved,
  PathsFree,
  EdgesUsed,
  AuditLogKept,
  EdgesEnforced,
  BindingsReady,
  DataProtected,
  TransportEncrypted,
  PublicCertificateValid,
  Available,
  RolledOut,
  ReplicasAsDeclared,
  DrainsAllowed,
  TargetFound,
  SoleOwner,
  MetricsAvailable,
  StorageEncrypted,
  DataOnVolume,
  CredentialsKept,
  VersionCurrent,
  PrimaryAvailable,
  UsersSynced,
  BrokerReachable,
  TopologySynced,
  QueuesAvailable,
  AcceptsMessages,
  NodesAsDeclared,
  FeatureFlagsEnabled,
  CertificatesValid,
  CertificatesCurrent,
  MembersCurrent,
  PrometheusAvailable,
  GrafanaAvailable,
  TargetsUp,
  RulesLoaded,
];

/** Reasons of events that no condition has; an event about a condition has the condition's reason. */
export const eventCatalogue: readonly EventDescription[] = [
  DriftCorrected,
  FieldsTaken,
  DefinitionGoing,
  NamespaceForbidden,
  ForeignAutoscaler,
  SecretGenerated,
  Resyncing,
];
