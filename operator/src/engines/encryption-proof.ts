import type { EnginePod } from '../k8s/pods.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import { conditionType } from '../runtime/status/reasons.ts';
import type { StorageClass } from '../k8s/types.ts';

export const StorageEncrypted = conditionType({
  type: 'StorageEncrypted',
  kinds: ['EncryptedStore'],
  meaning: 'Whether the volumes are shown to be encrypted at rest.',
  reasons: {
    ProvenByKernel: {
      status: 'True',
      meaning: 'Every volume is a directory that fscrypt encrypts: the kernel says so.',
    },
    DeclaredByStorageClass: {
      status: 'True',
      meaning: "The StorageClass' provisioner encrypts what it makes.",
    },
    WaitingForProof: { status: 'Unknown', meaning: 'No pod has looked at its volume yet.' },
    Unproven: {
      meaning: 'Nothing shows that the volumes are encrypted. Services with `dataClass: phi` wait.',
      remedy:
        'Use a StorageClass whose provider encrypts, or one on an encrypted directory; `encryption.policy: Preferred` takes the risk.',
      page: 'docs/concepts/encryption.md',
    },
  },
});

/** Name of the init container whose termination message is the proof. */
export const PROOF_CONTAINER = 'prove-encryption';

/** The pods' volume as the kernel shows it, and the class that it was made from. */
export interface EncryptionEvidence {
  /** What `lsattr -d` said in each pod that has run it. */
  findings: readonly string[];
  storageClass: StorageClass | undefined;
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
export function judgeEncryption({ findings, storageClass }: EncryptionEvidence): JudgedCondition {
  if (findings.length > 0 && findings.every(isEncryptedDirectory))
    return StorageEncrypted.because(
      'ProvenByKernel',
      'every volume is a directory encrypted by fscrypt, as the kernel shows',
    );
  if (storageClass !== undefined && isDeclaredEncrypted(storageClass)) {
    const message = `the provisioner ${storageClass.provisioner ?? ''} of StorageClass ${storageClass.metadata.name} encrypts its volumes`;
    return StorageEncrypted.because('DeclaredByStorageClass', message);
  }
  if (findings.length === 0)
    return StorageEncrypted.because('WaitingForProof', 'no pod has looked at its volume yet');
  const name = storageClass?.metadata.name ?? '(none)';
  return StorageEncrypted.because(
    'Unproven',
    `nothing shows that volumes of StorageClass ${name} are encrypted: use a class on an fscrypt directory, or one whose provider encrypts (for EBS, encrypted: "true"); services with dataClass phi wait, unless spec.encryption.policy is Preferred`,
  );
}

/** What the pods' init containers found. */
export function findingsOf(pods: readonly EnginePod[]): string[] {
  return pods
    .map(
      (pod) =>
        pod.status?.initContainerStatuses?.find(({ name }) => name === PROOF_CONTAINER)?.state?.terminated
          ?.message,
    )
    .filter((message) => message !== undefined);
}

/** `lsattr -d` shows flags and path; `E` is an encrypted inode (chattr(1)), `e` is something else. */
function isEncryptedDirectory(finding: string): boolean {
  return /^[A-Za-z-]*E[A-Za-z-]*\s+\S/.test(finding.trim());
}

function isDeclaredEncrypted({ provisioner = '', parameters = {} }: StorageClass): boolean {
  return ENCRYPTED_BY_PROVIDER[provisioner]?.(parameters) === true;
}

/** Looks at the volume and tells the kubelet; never fails the pod. */
export function proofContainer(image: string, imagePullPolicy: string): Record<string, unknown> {
  return {
    name: PROOF_CONTAINER,
    image,
    imagePullPolicy,
    command: ['sh', '-c', 'lsattr -d /data >/dev/termination-log 2>&1 || true'],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
  };
}
