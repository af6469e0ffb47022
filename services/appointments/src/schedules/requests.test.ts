import { describe, expect, it } from '@jest/globals';
import { newSchedule } from './requests.ts';

const practitionerId = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';
const schedule = {
  practitionerId,
  start: '2027-03-01T00:00:00Z',
  end: '2027-03-31T00:00:00Z',
  slotMinutes: 15,
  hours: { timeZone: 'America/New_York', times: [{ from: '08:00', to: '17:00' }], closed: [] },
};

function open(change: object): object {
  return { ...schedule.hours, times: [{ from: '08:00', to: '17:00', ...change }] };
}

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
    const hours = { ...schedule.hours, timeZone };
    expect(newSchedule.safeParse({ ...schedule, hours }).success).toBe(true);
  });

  it.each([
    ['a horizon of more than 90 days', { end: '2027-05-30T00:05:00Z' }],
    ['an end before the start', { end: '2027-02-28T00:00:00Z' }],
    ['a slot that is no multiple of a cell', { slotMinutes: 12 }],
    ['a start between two cells', { start: '2027-03-01T00:02:00Z' }],
    ['a start between two minutes', { start: '2027-03-01T00:00:30Z' }],
    ['hours that close when they open', { hours: open({ to: '08:00' }) }],
    ['hours between two cells', { hours: open({ from: '08:02' }) }],
    ['no hours', { hours: { ...schedule.hours, times: [] } }],
    ['days of the week and dates', { hours: open({ daysOfWeek: ['mon'], dates: ['2027-03-01'] }) }],
    ['a day that is none', { hours: open({ daysOfWeek: ['monday'] }) }],
    ['a date that is none', { hours: open({ dates: ['2027-02-30'] }) }],
    ['an unknown time zone', { hours: { ...schedule.hours, timeZone: 'Mars/Olympus' } }],
    ['an offset for a time zone', { hours: { ...schedule.hours, timeZone: '+00:03' } }],
    ['an offset without a colon', { hours: { ...schedule.hours, timeZone: '-0500' } }],
    ['an empty time zone', { hours: { ...schedule.hours, timeZone: '' } }],
    ['a practitioner who is an object', { practitionerId: { $ne: null } }],
    ['an unknown field', { comment: 'x' }],
  ])('is refused with %s', (_, change) => {
    expect(newSchedule.safeParse({ ...schedule, ...change }).success).toBe(false);
  });

  it.each([
    ['every day, twice', [{}, { from: '12:00' }]],
    ['one day', [{ daysOfWeek: ['mon'] }, { daysOfWeek: ['mon', 'tue'], from: '16:55', to: '18:00' }]],
    [
      'a night and the morning after',
      [
        { from: '22:00', to: '06:00' },
        { from: '05:00', to: '06:00' },
      ],
    ],
    [
      'Sunday night and Monday morning',
      [
        { daysOfWeek: ['mon'], from: '00:00', to: '09:00' },
        { daysOfWeek: ['sun'], from: '22:00', to: '00:05' },
      ],
    ],
    ['one date', [{ dates: ['2027-03-01'] }, { dates: ['2027-03-02', '2027-03-01'], from: '09:00' }]],
  ])('is refused with hours that overlap: %s', (_, times) => {
    const hours = { ...schedule.hours, times: times.map((one) => ({ from: '08:00', to: '17:00', ...one })) };
    const { error } = newSchedule.safeParse({ ...schedule, hours });
    expect(error?.issues.map(({ path }) => path)).toEqual([['hours', 'times', 1]]);
  });

  it('may be open in the morning and the afternoon, at night, and on a date as on no other', () => {
    const times = [
      { daysOfWeek: ['mon', 'tue'], from: '08:00', to: '12:00' },
      { daysOfWeek: ['mon', 'tue'], from: '13:00', to: '17:00' },
      { daysOfWeek: ['tue', 'sun'], from: '20:00', to: '08:00' },
      { dates: ['2027-03-15'], from: '10:00', to: '11:00' },
    ];
    const { error } = newSchedule.safeParse({ ...schedule, hours: { ...schedule.hours, times } });
    expect(error).toBeUndefined();
  });
});
