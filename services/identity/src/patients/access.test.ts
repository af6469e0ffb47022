import { describe, expect, it } from '@jest/globals';
import { Forbidden } from '@careplane/kit';
import type { User } from '@careplane/kit';
import { mayReadPatient } from './access.ts';

const reads = (role: User['role'], sub: string): (() => void) => {
  return () => {
    mayReadPatient({ sub, role, jti: 'j' }, 'ann');
  };
};

describe('a patient', () => {
  it('is read by herself and by no other patient', () => {
    expect(reads('patient', 'ann')).not.toThrow();
    expect(reads('patient', 'bob')).toThrow(Forbidden);
  });

  it.each(['practitioner', 'admin'] as const)('is read by every %s', (role) => {
    expect(reads(role, 'doc')).not.toThrow();
    expect(reads(role, 'ann')).not.toThrow();
  });
});
