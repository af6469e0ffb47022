import { DataOnVolume } from '../../engines/data-volume.ts';
import { StorageEncrypted } from '../../engines/encryption-proof.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podsRefused, podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { CertificatesCurrent, CertificatesValid } from '../../pki/conditions.ts';
import {
  AT_ONCE,
  conditionType,
  WHEN_LASTING,
  WHEN_SETTLED,
  type ConditionDescription,
} from '../../runtime/status/reasons.ts';

const kinds = ['EncryptedStore'];
const UPGRADE = 'docs/operations/upgrade.md';
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
    NotInitiated: { needsPerson: false, meaning: 'The replica set is not made yet.' },
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

export const VersionCurrent = conditionType({
  type: 'VersionCurrent',
  kinds,
  meaning: 'Whether every member runs the version that is wanted, and the data has its format.',
  reasons: {
    Current: { status: 'True', meaning: 'Every member does.' },
    NotAsked: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'No member has said yet what it runs. Another image waits for that.',
    },
    Upgrading: {
      needsPerson: WHEN_LASTING,
      meaning:
        'Members are replaced one after the other, or MongoDB’s featureCompatibilityVersion is raised after the last of them.',
    },
    VersionNotOffered: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The operator has no image of the version. What runs stays as it is.',
      remedy: 'Choose a version that the message names, or add it to the chart value `engines.versions`.',
      page: UPGRADE,
    },
    UpgradeRefused: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'MongoDB cannot be taken to the version in one step. What runs stays as it is.',
      remedy: 'Go to the version that the message names first.',
      page: UPGRADE,
    },
    DowngradeRefused: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The version does not open the data, which a newer one has written. What runs stays as it is.',
      remedy: 'Take the version back to what runs.',
      page: UPGRADE,
    },
  },
});

export const CredentialsKept = conditionType({
  type: 'CredentialsKept',
  kinds,
  meaning: 'Whether the Secret is there that belongs to the data on the volumes.',
  reasons: {
    Kept: { status: 'True', meaning: 'It is.' },
    SecretLost: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'The Secret is gone, and volumes that were made with it are there. Nothing is changed until it is back; what runs goes on.',
      remedy:
        'Restore the Secret that the message names. Without a backup make one with a new value (of `keyfile`: 512 characters of base64), and delete all pods of the store at once.',
      page: DEPENDENCY_DOWN,
    },
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
