import { describe, expect, it } from '@jest/globals';
import { cancellation, newAppointment } from './requests.ts';

const scheduleId = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';

describe('a new appointment', () => {
  const wish = { scheduleId, start: '2027-03-02T09:00:00-05:00' };

  it('takes a start with any offset', () => {
    expect(newAppointment.parse(wish).start).toBe(Date.UTC(2027, 2, 2, 14) / 60_000);
  });

  it.each([
    ['free text as the reason', { reasonCode: 'my knee hurts' }],
    ['a visit of days', { minutes: 2880 }],
    ['an operator in place of an id', { scheduleId: { $gt: '' } }],
  ])('is refused with %s', (_, change) => {
    expect(newAppointment.safeParse({ ...wish, ...change }).success).toBe(false);
  });
});

describe('a cancellation', () => {
  it('takes a code, never text', () => {
    expect(cancellation.safeParse({ reason: 'pat' }).success).toBe(true);
    expect(cancellation.safeParse({ reason: 'feeling better' }).success).toBe(false);
  });
});
