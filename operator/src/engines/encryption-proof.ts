import type { EncryptedStore } from '../api/encryptedstore.ts';
import { isReady, type EnginePod } from '../k8s/pods.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import type { StorageClass } from '../k8s/types.ts';
import { findingOf } from './data-volume.ts';

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
  const judged = { type: 'StorageEncrypted', ...verdict(evidence) };
  return evidence.policy === 'Preferred' ? { ...judged, informs: true } : judged;
}

function verdict({ pods, storageClass }: EncryptionEvidence): Omit<JudgedCondition, 'type'> {
  const findings = pods.map(findingOf).filter((finding) => finding !== undefined);
  const unseen = pods.filter((pod) => isReady(pod) && findingOf(pod) === undefined);
  const areEncrypted = findings.every(isEncryptedDirectory);
  if (findings.length > 0 && unseen.length === 0 && areEncrypted)
    return {
      status: 'True',
      reason: 'ProvenByKernel',
      message: 'every volume is a directory encrypted by fscrypt, as the kernel shows',
    };
  if (storageClass !== undefined && isDeclaredEncrypted(storageClass)) {
    const message = `the provisioner ${storageClass.provisioner ?? 'unknown'} of StorageClass ${storageClass.metadata.name} encrypts its volumes`;
    return { status: 'True', reason: 'DeclaredByStorageClass', message };
  }
  if (areEncrypted) return waiting(unseen);
  const name = storageClass?.metadata.name ?? '(none)';
  const message = `nothing shows that volumes of StorageClass ${name} are encrypted: use a class on an fscrypt directory, or one whose provider encrypts (for EBS, encrypted: "true"); services with dataClass phi wait, unless spec.encryption.policy is Preferred`;
  return { status: 'False', reason: 'Unproven', message };
}

function waiting(unseen: readonly EnginePod[]): Omit<JudgedCondition, 'type'> {
  const names = unseen.map(({ metadata }) => metadata.name).join(', ');
  const message = names === '' ? 'no pod has looked at its volume yet' : `not looked at yet: ${names}`;
  return { status: 'Unknown', reason: 'WaitingForProof', message };
}

/** `lsattr -d` shows flags and path; `E` is an encrypted inode (chattr(1)), `e` is something else. */
function isEncryptedDirectory(finding: string): boolean {
  return /^[A-Za-z-]*E[A-Za-z-]*\s+\S/.test(finding.trim());
}

function isDeclaredEncrypted({ provisioner = '', parameters = {} }: StorageClass): boolean {
  return ENCRYPTED_BY_PROVIDER[provisioner]?.(parameters) === true;
}
