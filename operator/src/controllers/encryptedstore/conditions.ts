import { CredentialsKept } from '../../engines/credentials.ts';
import { DataOnVolume } from '../../engines/data-volume.ts';
import { StorageEncrypted } from '../../engines/encryption-proof.ts';
import { VersionCurrent } from '../../engines/versions/conditions.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podsRefused, podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { CertificatesCurrent, CertificatesValid } from '../../pki/conditions.ts';
import {
  AT_ONCE,
  conditionType,
  eventType,
  WHEN_LASTING,
  WHEN_SETTLED,
  type ConditionDescription,
} from '../../runtime/status/reasons.ts';

const kinds = ['EncryptedStore'];
const DEPENDENCY_DOWN = 'docs/operations/runbooks/CareplaneDependencyDown.md';

export const PrimaryAvailable = conditionType({
  type: 'PrimaryAvailable',
  kinds,
  meaning: 'Whether the database can be written to.',
  reasons: {
    Available: { status: 'True', meaning: 'All members are up.' },
    Degraded: {
      status: 'True',
      meaning: 'There is a primary, and a member is missing; the message names it.',
    },
    Reconfiguring: {
      status: 'True',
      meaning: 'There is a primary, and members are being added, let go, restarted or copied anew.',
    },
    Starting: { needsPerson: false, meaning: 'No pod is ready yet.' },
    NotInitiated: {
      needsPerson: WHEN_LASTING,
      meaning:
        'The replica set is not made yet, or no member that answers knows it. None is made while a pod that may have its data does not answer, or when there was one before.',
      remedy: 'Bring the pods and volumes back that the message names.',
      page: DEPENDENCY_DOWN,
    },
    DataLost: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'Every member answers and is empty, though there was a replica set: its data is gone. Nothing is made in its place by itself.',
      remedy:
        'Bring the volumes back. When the data is lost for good, delete the store and its PersistentVolumeClaims, apply it again, and restore a backup.',
      page: DEPENDENCY_DOWN,
    },
    NoPrimary: {
      needsPerson: WHEN_LASTING,
      meaning: 'No member is primary: a majority is missing.',
      remedy: 'Bring the missing pods back.',
      page: DEPENDENCY_DOWN,
    },
    MajorityStale: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'There is a primary, but so many members are too far behind ever to catch up that no majority acknowledges a write. Data of a member is never removed automatically then.',
      remedy:
        'Take a backup from the primary. Then, one member after the other that the message names: delete its PersistentVolumeClaim (`data-<pod>`) and its pod, and wait until it is SECONDARY.',
      page: DEPENDENCY_DOWN,
    },
    Unreachable: {
      needsPerson: WHEN_LASTING,
      meaning: 'Pods are up and no member answers the operator.',
      remedy: 'Read the log of the pod; look whether the network lets the operator reach it.',
      page: DEPENDENCY_DOWN,
    },
    ...podsRefused(DEPENDENCY_DOWN),
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
    UsersRefused: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'The database does not take the user of a service; the message names it and has the words. All others have theirs.',
      remedy: 'Mend what the message names: mostly a service whose name is a database of the engine itself.',
    },
  },
});

export const Resyncing = eventType({
  type: 'Warning',
  reason: 'Resyncing',
  kinds,
  meaning:
    'A member of a replica set was too far behind ever to catch up: its data is removed and copied anew. Once for each time.',
  remedy: 'When it happens again, give the store a larger volume: a tenth of it is for the oplog.',
  page: 'docs/operations/failure-modes.md',
});

/** Every condition of an EncryptedStore. */
export const storeConditions: readonly ConditionDescription[] = [
  StorageEncrypted,
  DataOnVolume,
  PrimaryAvailable,
  MembersCurrent,
  VersionCurrent,
  CredentialsKept,
  UsersSynced,
  CertificatesValid,
  CertificatesCurrent,
];
