import { describe, expect, it } from '@jest/globals';
import { slotQuery } from './requests.ts';

const practitionerId = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';

describe('a slot query', () => {
  it('needs exactly one of schedule and practitioner', () => {
    expect(slotQuery.safeParse({}).success).toBe(false);
    expect(slotQuery.safeParse({ schedule: practitionerId, practitioner: practitionerId }).success).toBe(
      false,
    );
    expect(slotQuery.safeParse({ schedule: practitionerId, limit: '5' }).success).toBe(true);
  });
});
