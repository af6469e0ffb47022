import { DataOnVolume } from '../../engines/data-volume.ts';
import { StorageEncrypted } from '../../engines/encryption-proof.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { CertificatesCurrent, CertificatesValid } from '../../pki/conditions.ts';
import { conditionType, WHEN_LASTING, type ConditionDescription } from '../../runtime/status/reasons.ts';

const kinds = ['EncryptedStore'];
const DEPENDENCY_DOWN = 'docs/operations/runbooks/CareplaneDependencyDown.md';

export const PrimaryAvailable = conditionType({
  type: 'PrimaryAvailable',
  kinds,
  meaning: 'Whether the database can be written to.',
  reasons: {
    Available: { status: 'True', meaning: 'All members are up.' },
    Degraded: { status: 'True', meaning: 'There is a primary, and a member is missing.' },
    Reconfiguring: { status: 'True', meaning: 'There is a primary, and members are being added or let go.' },
    Starting: { needsPerson: false, meaning: 'No pod is ready yet.' },
    NotInitiated: { needsPerson: false, meaning: 'The replica set is not made yet.' },
    NoPrimary: {
      needsPerson: WHEN_LASTING,
      meaning: 'No member is primary: a majority is missing.',
      remedy: 'Bring the missing pods back.',
      page: DEPENDENCY_DOWN,
    },
    Unreachable: {
      needsPerson: WHEN_LASTING,
      meaning: 'A pod is ready and the database does not answer the operator.',
      remedy: 'Read the log of the pod; look whether the network lets the operator reach it.',
      page: DEPENDENCY_DOWN,
    },
    ...podTroubles(DEPENDENCY_DOWN),
  },
});

export const UsersSynced = conditionType({
  type: 'UsersSynced',
  kinds,
  meaning: 'Whether each service that declares the store has a user with exactly its rights.',
  reasons: {
    Synced: { status: 'True', meaning: 'Every service has its user, and nobody else has one.' },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'Users are made when the database is up.' },
  },
});

/** Every condition of an EncryptedStore. */
export const storeConditions: readonly ConditionDescription[] = [
  StorageEncrypted,
  DataOnVolume,
  PrimaryAvailable,
  MembersCurrent,
  UsersSynced,
  CertificatesValid,
  CertificatesCurrent,
];
