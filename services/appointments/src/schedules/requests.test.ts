import { describe, expect, it } from '@jest/globals';
import { newSchedule } from './requests.ts';

const practitionerId = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';
const schedule = {
  practitionerId,
  start: '2027-03-01T00:00:00Z',
  end: '2027-03-31T00:00:00Z',
  slotMinutes: 15,
  hours: { from: '08:00', to: '17:00', timeZone: 'America/New_York' },
};

describe('a new schedule', () => {
  it('is read into epoch minutes', () => {
    expect(newSchedule.parse(schedule)).toMatchObject({
      start: Date.UTC(2027, 2, 1) / 60_000,
      slotMinutes: 15,
    });
  });

  it.each([
    'UTC',
    'Etc/GMT+5',
    'America/Argentina/Buenos_Aires',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'GB',
  ])('may be on the wall clock of %s', (timeZone) => {
    const hours = { from: '08:00', to: '17:00', timeZone };
    expect(newSchedule.safeParse({ ...schedule, hours }).success).toBe(true);
  });

  it.each([
    ['a horizon of more than 90 days', { end: '2027-05-30T00:05:00Z' }],
    ['an end before the start', { end: '2027-02-28T00:00:00Z' }],
    ['a slot that is no multiple of a cell', { slotMinutes: 12 }],
    ['a start between two cells', { start: '2027-03-01T00:02:00Z' }],
    ['a start between two minutes', { start: '2027-03-01T00:00:30Z' }],
    ['hours that close before they open', { hours: { from: '17:00', to: '08:00' } }],
    ['an unknown time zone', { hours: { from: '08:00', to: '17:00', timeZone: 'Mars/Olympus' } }],
    ['an offset for a time zone', { hours: { from: '08:00', to: '17:00', timeZone: '+00:03' } }],
    ['an offset without a colon', { hours: { from: '08:00', to: '17:00', timeZone: '-0500' } }],
    ['an empty time zone', { hours: { from: '08:00', to: '17:00', timeZone: '' } }],
    ['a practitioner who is an object', { practitionerId: { $ne: null } }],
    ['an unknown field', { comment: 'x' }],
  ])('is refused with %s', (_, change) => {
    expect(newSchedule.safeParse({ ...schedule, ...change }).success).toBe(false);
  });
});
