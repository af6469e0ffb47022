import { describe, expect, it } from '@jest/globals';
import type { StorageClass } from '../k8s/types.ts';
import { judgeEncryption } from './encryption-proof.ts';
import { enginePod } from './fixtures/engine-pod.ts';

const ENCRYPTED = '----------I--E----- /data';
const PLAIN = '--------------e----- /data';

function storageClass(provisioner: string, parameters: Record<string, string> = {}): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner,
    parameters,
  };
}

function judge(
  findings: (string | undefined)[],
  found?: StorageClass,
  policy: 'Required' | 'Preferred' = 'Required',
): string {
  const pods = findings.map((finding, index) => enginePod(`db-${index}`, { finding }));
  const { status, reason, message, informs } = judgeEncryption({ pods, storageClass: found, policy });
  return [status, reason, ...(informs === true ? ['informs'] : []), message].join(' ');
}

describe('the condition StorageEncrypted', () => {
  it('is proven by the kernel only when every pod saw the flag E, and e is not E', () => {
    expect(judge([ENCRYPTED, ENCRYPTED])).toMatch('True ProvenByKernel');
    expect(judge([ENCRYPTED, PLAIN])).toMatch('False Unproven');
    expect(judge(['lsattr: Operation not supported While reading flags on /data'])).toMatch('False Unproven');
  });

  it('is Unknown while a member runs that nobody has looked at', () => {
    expect(judge([ENCRYPTED, undefined])).toBe('Unknown WaitingForProof not looked at yet: db-1');
  });

  it('informs with the policy Preferred, whatever it says', () => {
    expect(judge([PLAIN], undefined, 'Preferred')).toMatch('False Unproven informs');
    expect(judge([], undefined, 'Preferred')).toMatch('Unknown WaitingForProof informs');
    expect(judge([PLAIN])).not.toMatch('informs');
  });

  it.each([
    ['ebs.csi.aws.com', { encrypted: 'true' }, 'True DeclaredByStorageClass'],
    ['ebs.csi.aws.com', { encrypted: 'false' }, 'False Unproven'],
    ['ebs.csi.aws.com', {}, 'False Unproven'],
    ['pd.csi.storage.gke.io', {}, 'True DeclaredByStorageClass'],
    ['disk.csi.azure.com', {}, 'True DeclaredByStorageClass'],
    ['rancher.io/local-path', { encryption: 'yes, trust me' }, 'False Unproven'],
  ])('believes a class of %s with %j: %s', (provisioner, parameters, expected) => {
    expect(judge([PLAIN], storageClass(provisioner, parameters))).toMatch(expected);
  });

  it('is Unknown until a pod has looked, and then says what to do', () => {
    expect(judge([])).toMatch('Unknown WaitingForProof');
    expect(judge([PLAIN], storageClass('x'))).toMatch(/StorageClass fast.*fscrypt/);
  });
});
