import { describe, expect, it } from '@jest/globals';
import type { PersistentVolumeClaim, StorageClass } from '../k8s/types.ts';
import { judgeEncryption, type EncryptionEvidence } from './encryption-proof.ts';
import { enginePod } from './fixtures/engine-pod.ts';

const ENCRYPTED = '----------I--E----- /data';
const PLAIN = '--------------e----- /data';
const [BEFORE, MADE, AFTER] = [
  '2026-11-01T00:00:00Z',
  '2026-11-02T00:00:00Z',
  '2026-11-03T00:00:00Z',
] as const;

function storageClass(
  provisioner: string,
  parameters: Record<string, string> = {},
  creationTimestamp: string = BEFORE,
): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast', creationTimestamp },
    provisioner,
    parameters,
  };
}

function claim(provisioner = 'ebs.csi.aws.com', storageClassName = 'fast'): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'data-db',
      creationTimestamp: MADE,
      annotations: { 'volume.kubernetes.io/storage-provisioner': provisioner },
    },
    spec: { storageClassName },
    status: { phase: 'Bound' },
  };
}

/** `undefined` is a ready pod that nobody has looked at, `null` one that is not there. */
function judge(
  findings: (string | undefined | null)[],
  given: Partial<Omit<EncryptionEvidence, 'claims'>> & {
    claims?: (PersistentVolumeClaim | undefined)[];
  } = {},
): string {
  const members = findings.map((_, index) => `db-${index}`);
  const pods = findings.flatMap((finding, index) =>
    finding === null ? [] : [enginePod(`db-${index}`, { finding })],
  );
  const claims = new Map(
    (given.claims ?? []).flatMap((one, index) => (one ? [[`db-${index}`, one] as const] : [])),
  );
  const { status, reason, message, informs } = judgeEncryption({
    members,
    pods,
    storageClasses: [],
    trueSince: undefined,
    policy: 'Required',
    ...given,
    claims,
  });
  return [status, reason, ...(informs === true ? ['informs'] : []), message].join(' ');
}

describe('the condition StorageEncrypted', () => {
  it('is proven by the kernel only when every member saw the flag E, and e is not E', () => {
    expect(judge([ENCRYPTED, ENCRYPTED])).toMatch('True ProvenByKernel');
    expect(judge([ENCRYPTED, PLAIN])).toMatch(/^False Unproven .*db-1/);
    expect(judge(['lsattr: Operation not supported While reading flags on /data'])).toMatch('False Unproven');
  });

  it('is Unknown while a member runs that nobody has looked at, or is not there yet', () => {
    expect(judge([ENCRYPTED, undefined])).toBe('Unknown WaitingForProof not looked at yet: db-1');
    expect(judge([ENCRYPTED, null, null])).toBe('Unknown WaitingForProof not looked at yet: db-1, db-2');
  });

  it('stays True while a member that was judged before is down, and not for one that is new', () => {
    const claims = [claim(), claim()];
    expect(judge([ENCRYPTED, null], { claims, trueSince: AFTER })).toMatch('True ProvenByKernel');
    expect(judge([ENCRYPTED, null], { claims, trueSince: BEFORE })).toMatch('Unknown WaitingForProof');
    expect(judge([ENCRYPTED, undefined], { claims, trueSince: AFTER })).toMatch('Unknown WaitingForProof');
  });

  it('informs with the policy Preferred, whatever it says', () => {
    expect(judge([PLAIN], { policy: 'Preferred' })).toMatch('False Unproven informs');
    expect(judge([null], { policy: 'Preferred' })).toMatch('Unknown WaitingForProof informs');
    expect(judge([PLAIN])).not.toMatch('informs');
  });

  it.each([
    ['ebs.csi.aws.com', { encrypted: 'true' }, 'True DeclaredByStorageClass'],
    ['ebs.csi.aws.com', { encrypted: 'false' }, 'False Unproven'],
    ['ebs.csi.aws.com', {}, 'False Unproven'],
    ['pd.csi.storage.gke.io', {}, 'True DeclaredByStorageClass'],
    ['disk.csi.azure.com', {}, 'True DeclaredByStorageClass'],
    ['rancher.io/local-path', { encryption: 'yes, trust me' }, 'False Unproven'],
  ])('believes a claim that %s made with %j: %s', (provisioner, parameters, expected) => {
    const storageClasses = [storageClass(provisioner, parameters)];
    expect(judge([PLAIN], { storageClasses, claims: [claim(provisioner)] })).toMatch(expected);
  });

  it('judges each member by the class of its own claim', () => {
    const storageClasses = [storageClass('ebs.csi.aws.com', { encrypted: 'true' })];
    const judged = (...claims: (PersistentVolumeClaim | undefined)[]): string =>
      judge([PLAIN, PLAIN], { storageClasses, claims });
    expect(judged(claim(), claim())).toMatch('True DeclaredByStorageClass');
    expect(judged(claim(), claim('ebs.csi.aws.com', 'slow'))).toMatch(
      /^False Unproven .*: db-1 \(StorageClass slow\)/,
    );
    expect(judged(claim(), claim('bound-by-hand'))).toMatch('False Unproven');
    expect(judged(claim(), undefined)).toMatch('False Unproven');
    expect(judged(claim(), { ...claim(), status: { phase: 'Pending' } })).toMatch('False Unproven');
  });

  it('does not believe a class that was made after the claim', () => {
    const storageClasses = [storageClass('ebs.csi.aws.com', { encrypted: 'true' }, AFTER)];
    expect(judge([PLAIN], { storageClasses, claims: [claim()] })).toMatch('False Unproven');
  });

  it('stays True when the class is retired or made anew, for claims that were judged before', () => {
    const given = { claims: [claim()], trueSince: MADE };
    expect(judge([PLAIN], given)).toMatch(/^True DeclaredByStorageClass/);
    const anew = storageClass('ebs.csi.aws.com', { encrypted: 'true' }, AFTER);
    expect(judge([PLAIN], { ...given, storageClasses: [anew] })).toMatch(/^True DeclaredByStorageClass/);
    expect(judge([PLAIN], { ...given, trueSince: undefined })).toMatch(/^False Unproven/);
    expect(judge([PLAIN], { ...given, trueSince: BEFORE })).toMatch(/^False Unproven/);
    // What only the kernel can prove is not proven by having been true once.
    expect(judge([PLAIN], { ...given, claims: [claim('local')] })).toMatch(/^False Unproven/);
    const plain = storageClass('ebs.csi.aws.com', {}, BEFORE);
    expect(judge([PLAIN], { ...given, storageClasses: [plain] })).toMatch(/^False Unproven/);
  });

  it('says why the kernel could not be asked, and no flags', () => {
    const said = judge(['the image has neither lsattr nor perl', PLAIN], { claims: [claim('local')] });
    expect(said).toContain('db-0 (StorageClass fast; the image has neither lsattr nor perl), db-1 (');
    expect(said).not.toContain('-----');
  });

  it('says what to do', () => {
    expect(judge([PLAIN], { claims: [claim('x')] })).toMatch(/StorageClass fast.*fscrypt/);
  });
});
