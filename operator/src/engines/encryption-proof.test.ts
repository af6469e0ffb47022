import { describe, expect, it } from '@jest/globals';
import type { StorageClass } from '../k8s/types.ts';
import { findingsOf, judgeEncryption, PROOF_CONTAINER } from './encryption-proof.ts';

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

function judge(findings: string[], found?: StorageClass): string {
  const { status, reason } = judgeEncryption({ findings, storageClass: found });
  return `${status} ${reason}`;
}

describe('the condition StorageEncrypted', () => {
  it('is proven by the kernel only when every pod saw the flag E, and e is not E', () => {
    expect(judge([ENCRYPTED, ENCRYPTED])).toBe('True ProvenByKernel');
    expect(judge([ENCRYPTED, PLAIN])).toBe('False Unproven');
    expect(judge(['lsattr: Operation not supported While reading flags on /data'])).toBe('False Unproven');
  });

  it.each([
    ['ebs.csi.aws.com', { encrypted: 'true' }, 'True DeclaredByStorageClass'],
    ['ebs.csi.aws.com', { encrypted: 'false' }, 'False Unproven'],
    ['ebs.csi.aws.com', {}, 'False Unproven'],
    ['pd.csi.storage.gke.io', {}, 'True DeclaredByStorageClass'],
    ['disk.csi.azure.com', {}, 'True DeclaredByStorageClass'],
    ['rancher.io/local-path', { encryption: 'yes, trust me' }, 'False Unproven'],
  ])('believes a class of %s with %j: %s', (provisioner, parameters, expected) => {
    expect(judge([PLAIN], storageClass(provisioner, parameters))).toBe(expected);
  });

  it('is Unknown until a pod has looked, and then says what to do', () => {
    expect(judge([])).toBe('Unknown WaitingForProof');
    expect(judgeEncryption({ findings: [PLAIN], storageClass: storageClass('x') }).message).toMatch(
      /StorageClass fast.*fscrypt/,
    );
  });

  it('reads the termination message of the init container', () => {
    const statuses = [{ name: PROOF_CONTAINER, state: { terminated: { message: ENCRYPTED } } }];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'db-0' },
      status: { initContainerStatuses: statuses },
    };
    expect(findingsOf([pod, { ...pod, status: {} }])).toEqual([ENCRYPTED]);
  });
});
