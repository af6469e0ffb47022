import { describe, expect, it } from '@jest/globals';
import { nameOf, obstacle } from './readiness.ts';
import type { Resource, ResourceCondition } from './readiness.ts';

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
        condition('Ready', 'False'),
        condition('StorageEncrypted', 'True'),
        condition('PrimaryAvailable', 'Unknown'),
      ),
    );
    expect(found).toBe('PrimaryAvailable=Unknown (PrimaryAvailableReason): about PrimaryAvailable');
  });

  it('falls back on Ready itself when every other condition is True', () => {
    expect(obstacle(store(condition('Ready', 'False')))).toMatch(/^Ready=False/);
  });
});

describe('nameOf', () => {
  it('says kind, namespace and name', () => {
    expect(nameOf(store())).toBe('EncryptedStore clinic/clinic-db');
  });
});
