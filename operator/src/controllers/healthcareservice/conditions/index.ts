import { CertificatesValid } from '../../../pki/conditions.ts';
import type { ConditionDescription } from '../../../runtime/status/reasons.ts';
import { AuditLogKept } from '../audit-log/condition.ts';
import { Available } from './available.ts';
import { BindingsReady } from './bindings-ready.ts';
import { DataProtected } from './data-protected.ts';
import { DrainsAllowed } from './drains-allowed.ts';
import { EdgesEnforced } from './edges-enforced.ts';
import { EdgesResolved } from './edges-resolved.ts';
import { EdgesUsed } from './edges-used.ts';
import { PathsFree } from './paths-free.ts';
import { PublicCertificateValid } from './public-certificate-valid.ts';
import { ReplicasAsDeclared } from './replicas-as-declared.ts';
import { RolledOut } from './rolled-out.ts';
import { TransportEncrypted } from './transport-encrypted.ts';

/** Every condition of a HealthcareService, in the order in which they matter. */
export const serviceConditions: readonly ConditionDescription[] = [
  EdgesResolved,
  PathsFree,
  BindingsReady,
  DataProtected,
  TransportEncrypted,
  CertificatesValid,
  PublicCertificateValid,
  Available,
  RolledOut,
  ReplicasAsDeclared,
  DrainsAllowed,
  EdgesUsed,
  EdgesEnforced,
  AuditLogKept,
];
