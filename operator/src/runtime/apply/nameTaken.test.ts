import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube.ts';
import { NameTaken, refuseTaken } from './nameTaken.ts';

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
