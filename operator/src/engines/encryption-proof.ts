import type { EncryptedStore } from '../api/encryptedstore.ts';
import { isReady, type EnginePod } from '../k8s/pods.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import { AT_ONCE, conditionType } from '../runtime/status/reasons.ts';
import type { StorageClass } from '../k8s/types.ts';
import { findingOf } from './data-volume.ts';

export const StorageEncrypted = conditionType({
  type: 'StorageEncrypted',
  kinds: ['EncryptedStore'],
  meaning:
    'Whether the volumes are shown to be encrypted at rest. (With `encryption.policy: Preferred` it informs and does not count for `Ready`.)',
  reasons: {
    ProvenByKernel: {
      status: 'True',
      meaning: 'Every volume is a directory that fscrypt encrypts: the kernel says so.',
    },
    DeclaredByStorageClass: {
      status: 'True',
      meaning: "The StorageClass' provisioner encrypts what it makes.",
    },
    WaitingForProof: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'A pod has not looked at its volume yet.',
    },
    Unproven: {
      needsPerson: AT_ONCE,
      meaning: 'Nothing shows that the volumes are encrypted. Services with `dataClass: phi` wait.',
      remedy:
        'Use a StorageClass whose provider encrypts, or one on an encrypted directory; `encryption.policy: Preferred` takes the risk.',
      page: 'docs/concepts/encryption.md',
    },
  },
});

/** The pods' volumes as the kernel shows them, and the class that they were made from. */
export interface EncryptionEvidence {
  pods: readonly EnginePod[];
  storageClass: StorageClass | undefined;
  /** `Preferred`: the condition only informs. */
  policy: EncryptedStore['spec']['encryption']['policy'];
}

/**
 * Provisioners whose volumes are encrypted at rest, and by which parameters that is known.
 * - EBS: only with the parameter (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md)
 * - Google: always (https://cloud.google.com/docs/security/encryption/default-encryption)
 * - Azure: always, server-side (https://learn.microsoft.com/azure/virtual-machines/disk-encryption)
 */
const ENCRYPTED_BY_PROVIDER: Readonly<Record<string, (parameters: Record<string, string>) => boolean>> = {
  'ebs.csi.aws.com': (parameters) => parameters['encrypted']?.toLowerCase() === 'true',
  'pd.csi.storage.gke.io': () => true,
  'disk.csi.azure.com': () => true,
};

/** The condition `StorageEncrypted`. Pure. */
export function judgeEncryption(evidence: EncryptionEvidence): JudgedCondition {
  const judged = verdict(evidence);
  return evidence.policy === 'Preferred' ? { ...judged, informs: true } : judged;
}

function verdict({ pods, storageClass }: EncryptionEvidence): JudgedCondition {
  const findings = pods.map(findingOf).filter((finding) => finding !== undefined);
  const unseen = pods.filter((pod) => isReady(pod) && findingOf(pod) === undefined);
  const areEncrypted = findings.every(isEncryptedDirectory);
  if (findings.length > 0 && unseen.length === 0 && areEncrypted)
    return StorageEncrypted.because(
      'ProvenByKernel',
      'every volume is a directory encrypted by fscrypt, as the kernel shows',
    );
  if (storageClass !== undefined && isDeclaredEncrypted(storageClass)) {
    const message = `the provisioner ${storageClass.provisioner ?? 'unknown'} of StorageClass ${storageClass.metadata.name} encrypts its volumes`;
    return StorageEncrypted.because('DeclaredByStorageClass', message);
  }
  if (areEncrypted) return waiting(unseen);
  const name = storageClass?.metadata.name ?? '(none)';
  const message = `nothing shows that volumes of StorageClass ${name} are encrypted: use a class on an fscrypt directory, or one whose provider encrypts (for EBS, encrypted: "true"); services with dataClass phi wait, unless spec.encryption.policy is Preferred`;
  return StorageEncrypted.because('Unproven', message);
}

function waiting(unseen: readonly EnginePod[]): JudgedCondition {
  const names = unseen.map(({ metadata }) => metadata.name).join(', ');
  const message = names === '' ? 'no pod has looked at its volume yet' : `not looked at yet: ${names}`;
  return StorageEncrypted.because('WaitingForProof', message);
}

/** `lsattr -d` shows flags and path; `E` is an encrypted inode (chattr(1)), `e` is something else. */
function isEncryptedDirectory(finding: string): boolean {
  return /^[A-Za-z-]*E[A-Za-z-]*\s+\S/.test(finding.trim());
}

function isDeclaredEncrypted({ provisioner = '', parameters = {} }: StorageClass): boolean {
  return ENCRYPTED_BY_PROVIDER[provisioner]?.(parameters) === true;
}
