import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube.ts';
import { NameTaken, refuseStranger, refuseTaken } from './name-taken.ts';

function service(owner?: { kind: string; name: string; uid?: string; controller?: boolean }): KubeObject {
  const reference = { apiVersion: 'careplane.dev/v1alpha1', uid: 'u', controller: true };
  const ownerReferences = owner === undefined ? [] : [{ ...reference, ...owner }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', ownerReferences } };
}

describe('refuseTaken', () => {
  const wanted = service({ kind: 'HealthcareService', name: 'db' });

  it('refuses a child that another kind or another name controls, naming it in the condition', () => {
    const theirs = service({ kind: 'EncryptedStore', name: 'db' });
    expect(() => {
      refuseTaken(theirs, wanted);
    }).toThrow(NameTaken);
    expect(new NameTaken('Service db', 'EncryptedStore db').condition).toMatchObject({
      status: 'False',
      reason: 'NameTaken',
      message: 'Service db belongs to EncryptedStore db: give one of the two another name',
    });
    expect(() => {
      refuseTaken(service({ kind: 'HealthcareService', name: 'other' }), wanted);
    }).toThrow(NameTaken);
  });

  it.each([
    ['nothing is there', undefined],
    ['nobody controls it', service()],
    ['somebody holds it without controlling it', service({ kind: 'Shop', name: 'x', controller: false })],
    [
      'a namesake that is gone controlled it',
      service({ kind: 'HealthcareService', name: 'db', uid: 'before' }),
    ],
  ])('lets it be applied when %s', (_, live) => {
    expect(() => {
      refuseTaken(live, wanted);
    }).not.toThrow();
  });
});

describe('refuseStranger', () => {
  const theirs = (metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db', ...metadata },
  });
  const written = (...managers: string[]): KubeObject =>
    theirs({ managedFields: managers.map((manager) => ({ manager, operation: 'Update' })) });

  it('refuses what somebody else made, naming who did and how to give it away', () => {
    expect(() => {
      refuseStranger(written('helm', 'careplane', 'helm', 'kubectl-edit'));
    }).toThrow(
      /^Service db belongs to helm, kubectl-edit: give one of the two another name, or annotate it careplane.dev\/adopt=true/,
    );
    expect(() => {
      refuseStranger(theirs());
    }).toThrow(/^Service db belongs to somebody else: /);
  });

  it.each([
    ['it is gone again', undefined],
    ['it is ours, and the cache has not seen it yet', theirs({ labels: { 'careplane.dev/kind': 'clinic' } })],
    ['it is given away', theirs({ annotations: { 'careplane.dev/adopt': 'true' } })],
  ])('lets it be applied when %s', (_, live) => {
    expect(() => {
      refuseStranger(live);
    }).not.toThrow();
  });
});
