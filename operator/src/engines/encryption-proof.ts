import type { EncryptedStore } from '../api/encryptedstore.ts';
import { isReady, type EnginePod } from '../k8s/pods.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import { AT_ONCE, conditionType } from '../runtime/status/reasons.ts';
import type { PersistentVolumeClaim, StorageClass } from '../k8s/types.ts';
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
      meaning:
        'Every volume is shown to be encrypted, some by the provisioner of the StorageClass that their claims were made from.',
    },
    WaitingForProof: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'A member has not looked at its volume yet; the message names it.',
    },
    Unproven: {
      needsPerson: AT_ONCE,
      meaning:
        'Nothing shows that a volume is encrypted; the message names it. Services with `dataClass: phi` wait.',
      remedy:
        'Use a StorageClass whose provider encrypts, or one on an encrypted directory; `encryption.policy: Preferred` takes the risk.',
      page: 'docs/concepts/encryption.md',
    },
  },
});

/** What is known of the volumes of a store. */
export interface EncryptionEvidence {
  /** Names of the pods that there are to be. */
  members: readonly string[];
  pods: readonly EnginePod[];
  /** Claims by the names of their pods. */
  claims: ReadonlyMap<string, PersistentVolumeClaim>;
  storageClasses: readonly StorageClass[];
  /** Since when the condition is True, in RFC 3339: all members that had a claim by then were shown to be encrypted. */
  trueSince: string | undefined;
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

type Proof = 'ByKernel' | 'ByClass' | 'Earlier' | 'Unseen' | 'None';

function verdict(evidence: EncryptionEvidence): JudgedCondition {
  const names = [...new Set([...evidence.members, ...evidence.pods.map(({ metadata }) => metadata.name)])];
  const proofs = new Map(names.map((name) => [name, proofOf(name, evidence)]));
  const those = (proof: Proof): string[] => names.filter((name) => proofs.get(name) === proof);
  const unproven = those('None');
  if (unproven.length > 0) return refuted(unproven, evidence);
  const unseen = those('Unseen');
  if (unseen.length > 0)
    return StorageEncrypted.because('WaitingForProof', `not looked at yet: ${unseen.join(', ')}`);
  const declared = those('ByClass');
  if (declared.length > 0) {
    const message = `the provisioner of their StorageClass encrypts the volumes of ${declared.join(', ')}`;
    return StorageEncrypted.because('DeclaredByStorageClass', message);
  }
  return StorageEncrypted.because(
    'ProvenByKernel',
    'every volume is a directory encrypted by fscrypt, as the kernel shows',
  );
}

/** What shows that the volume of one member is encrypted. */
function proofOf(name: string, { pods, claims, storageClasses, trueSince }: EncryptionEvidence): Proof {
  const pod = pods.find(({ metadata }) => metadata.name === name);
  const claim = claims.get(name);
  const finding = pod && findingOf(pod);
  if (isEncryptedDirectory(finding)) return 'ByKernel';
  if (claim !== undefined && isDeclaredEncrypted(claim, storageClasses)) return 'ByClass';
  const wasJudged = wasThere(claim, trueSince);
  if (finding !== undefined) return wasJudged && wasDeclared(claim, storageClasses) ? 'ByClass' : 'None';
  // Nothing is written to the volume before somebody has looked at it again.
  return wasJudged && !isRunning(pod) ? 'Earlier' : 'Unseen';
}

function isRunning(pod: EnginePod | undefined): boolean {
  return pod !== undefined && isReady(pod);
}

function wasThere(claim: PersistentVolumeClaim | undefined, time: string | undefined): boolean {
  const made = claim?.metadata.creationTimestamp;
  return made !== undefined && time !== undefined && made <= time;
}

function refuted(names: readonly string[], { claims, pods }: EncryptionEvidence): JudgedCondition {
  const who = names.map((name) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const from = `StorageClass ${claims.get(name)?.spec?.storageClassName ?? 'unknown'}`;
    return `${name} (${[from, ...failureOf(pod && findingOf(pod))].join('; ')})`;
  });
  const message = `nothing shows that these volumes are encrypted: ${who.join(', ')}; use a class on an fscrypt directory, or one whose provider encrypts (for EBS, encrypted: "true"); services with dataClass phi wait, unless spec.encryption.policy is Preferred`;
  return StorageEncrypted.because('Unproven', message);
}

/** Characters of what a pod says that could not look. */
const FAILURE_LIMIT = 120;

/** Why the kernel could not be asked, in the words of the pod: what it found are flags and a path. */
function failureOf(finding: string | undefined): string[] {
  const text = finding?.trim() ?? '';
  return text === '' || /^[A-Za-z-]+\s+\//.test(text) ? [] : [text.slice(0, FAILURE_LIMIT)];
}

/** `lsattr -d` shows flags and path; `E` is an encrypted inode (chattr(1)), `e` is something else. */
function isEncryptedDirectory(finding = ''): boolean {
  return /^[A-Za-z-]*E[A-Za-z-]*\s+\S/.test(finding.trim());
}

/** Set by the controller of volumes when it has one made for the claim; a volume that was bound by hand has none. */
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';

/** Whether the class that the claim was made from encrypts. */
function isDeclaredEncrypted(claim: PersistentVolumeClaim, classes: readonly StorageClass[]): boolean {
  const found = classes.find(({ metadata }) => metadata.name === claim.spec?.storageClassName);
  if (found === undefined || claim.status?.phase !== 'Bound' || !isMadeFrom(claim, found)) return false;
  const { provisioner = '', parameters = {} } = found;
  return ENCRYPTED_BY_PROVIDER[provisioner]?.(parameters) === true;
}

/** Whether the provider may have encrypted the volume by a class that is gone, or was made anew: the claim outlives it. */
function wasDeclared(claim: PersistentVolumeClaim | undefined, classes: readonly StorageClass[]): boolean {
  if (claim === undefined) return false;
  const provisioner = claim.metadata.annotations?.[PROVISIONER] ?? '';
  const found = classes.find(({ metadata }) => metadata.name === claim.spec?.storageClassName);
  const isGone = found === undefined || !isMadeFrom(claim, found);
  return isGone && claim.status?.phase === 'Bound' && ENCRYPTED_BY_PROVIDER[provisioner] !== undefined;
}

/** A class that was made after the claim says nothing about its volume. */
function isMadeFrom(
  { metadata }: PersistentVolumeClaim,
  { metadata: found, provisioner }: StorageClass,
): boolean {
  const { creationTimestamp: made = '', annotations } = metadata;
  return (found.creationTimestamp ?? '') <= made && annotations?.[PROVISIONER] === provisioner;
}
