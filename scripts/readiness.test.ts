import { describe, expect, it } from '@jest/globals';
import { isApplied, isOfApplied, nameOf, obstacle, workloadObstacle } from './readiness.ts';
import type { Resource, ResourceCondition, Workload } from './readiness.ts';

const condition = (type: string, status: string, generation = 2): ResourceCondition => ({
  type,
  status,
  reason: `${type}Reason`,
  message: `about ${type}`,
  observedGeneration: generation,
});
const store = (...conditions: ResourceCondition[]): Resource => ({
  kind: 'EncryptedStore',
  metadata: { namespace: 'clinic', name: 'clinic-db', generation: 2 },
  status: { conditions },
});

describe('obstacle', () => {
  it('is none when Ready is True for the newest generation', () => {
    expect(obstacle(store(condition('Ready', 'True')))).toBeUndefined();
  });

  it('is there when Ready is True but for an older generation', () => {
    expect(obstacle(store(condition('Ready', 'True', 1)))).toMatch(/newest version/);
  });

  it('is there when nothing has been judged', () => {
    expect(obstacle({ kind: 'EncryptedStore', metadata: { namespace: 'clinic', name: 'x' } })).toMatch(
      /not looked/,
    );
  });

  it('names the condition that keeps Ready back, with its reason and message', () => {
    const found = obstacle(
      store(
        { ...condition('Ready', 'False'), reason: 'PrimaryAvailableReason' },
        // Only informs.
        condition('StorageEncrypted', 'False'),
        condition('PrimaryAvailable', 'Unknown'),
      ),
    );
    expect(found).toBe('PrimaryAvailable=Unknown (PrimaryAvailableReason): about PrimaryAvailable');
  });

  it('falls back on Ready itself when every other condition is True', () => {
    expect(obstacle(store(condition('Ready', 'False')))).toMatch(/^Ready=False/);
  });
});

describe('workloadObstacle', () => {
  const workload = (replicas: number, status?: Workload['status']): Workload => ({
    kind: 'Deployment',
    metadata: { namespace: 'clinic', name: 'gateway', generation: 2 },
    spec: { replicas },
    ...(status && { status }),
  });

  it('is none when as many pods are Ready as are wanted of the newest version', () => {
    expect(workloadObstacle(workload(2, { observedGeneration: 2, readyReplicas: 2 }))).toBeUndefined();
  });

  it('is none when none is wanted', () => {
    expect(workloadObstacle(workload(0, { observedGeneration: 2 }))).toBeUndefined();
  });

  it('says how many pods are Ready of how many', () => {
    expect(workloadObstacle(workload(2, { observedGeneration: 2 }))).toBe('0 of 2 pods are Ready');
  });

  it('is there when what is known is of an older version', () => {
    expect(workloadObstacle(workload(2, { observedGeneration: 1, readyReplicas: 2 }))).toMatch(/newest/);
    expect(workloadObstacle(workload(2))).toMatch(/newest/);
  });
});

describe('what was applied', () => {
  const applied = new Set(['EncryptedStore clinic/clinic-db']);
  const ownedBy = (...owners: { kind: string; name: string }[]): Workload => ({
    kind: 'StatefulSet',
    metadata: { namespace: 'clinic', name: 'any', ownerReferences: owners },
    spec: { replicas: 1 },
  });

  it('is a resource of that kind, namespace and name', () => {
    expect(isApplied(applied, store())).toBe(true);
    expect(isApplied(applied, { ...store(), kind: 'MessageBroker' })).toBe(false);
    expect(isApplied(applied, { ...store(), metadata: { namespace: 'other', name: 'clinic-db' } })).toBe(
      false,
    );
  });

  it('is a workload that is made of it, and one that is of none, but not one of another resource', () => {
    expect(isOfApplied(applied, ownedBy({ kind: 'EncryptedStore', name: 'clinic-db' }))).toBe(true);
    expect(isOfApplied(applied, ownedBy())).toBe(true);
    expect(isOfApplied(applied, ownedBy({ kind: 'EncryptedStore', name: 'other' }))).toBe(false);
  });
});

describe('nameOf', () => {
  it('says kind, namespace and name', () => {
    expect(nameOf(store())).toBe('EncryptedStore clinic/clinic-db');
  });
});
