import { describe, expect, it } from '@jest/globals';
import { visitOf } from '../../test/fhir.ts';
import type { Resource } from '../kit-fhir.ts';
import {
  contentOf,
  contentOfUpdate,
  isSameVisit,
  readWish,
  reasonIn,
  toFhirAppointment,
  withPractitioner,
} from './appointment-resource.ts';
import type { AppointmentRecord } from './records.ts';

const schedule = '3f0c9a6e-58e5-4a7e-9d3b-4d8ff1a0b001';
const SYSTEM = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';
const visit = (change: object = {}): Resource =>
  ({ ...visitOf('p', `${schedule}.1000`), ...change }) as unknown as Resource;
const at = (minute: number): string => new Date(minute * 60_000).toISOString();
const slots = (...starts: number[]): object => ({
  slot: starts.map((start) => ({ reference: `Slot/${schedule}.${start}` })),
});

const record: AppointmentRecord = {
  _id: 'a',
  status: 'booked',
  scheduleId: schedule,
  practitionerId: 'd',
  patientId: 'p',
  start: 1000,
  end: 1030,
  version: 1,
  created: new Date(0),
  updated: new Date(0),
};

describe('what an Appointment asks for', () => {
  it('is a slot, several slots in any order, or a schedule and a start', () => {
    expect(readWish(visit())).toEqual({ scheduleId: schedule, start: 1000, slots: [1000], patientId: 'p' });
    expect(readWish(visit(slots(1030, 1000)))).toMatchObject({ start: 1000, slots: [1000, 1030] });
    const named = { slot: [], supportingInformation: [{ reference: `Schedule/${schedule}` }] };
    expect(readWish(visit({ ...named, start: at(1005), end: at(1050) }))).toMatchObject({
      scheduleId: schedule,
      start: 1005,
      end: 1050,
      slots: [],
    });
  });

  it.each([
    ['Appointment.participant', { participant: [{ actor: { reference: 'Practitioner/d' } }] }],
    ['Appointment.slot', { slot: [{ reference: 'Slot/x' }] }],
    ['Appointment.slot', { slot: [{ reference: `Slot/${schedule}.1` }, { reference: 'Slot/x' }] }],
    ['Appointment.slot', { slot: [] }],
    ['Appointment.start', { slot: [], supportingInformation: [{ reference: `Schedule/${schedule}` }] }],
    ['Appointment.start', { start: at(1005), end: at(1030) }],
    ['Appointment.start', { start: '1970-01-01T16:40:30Z' }],
    ['Appointment.end', { start: at(1000), end: at(1000) }],
  ])('is not understood, and where: %s', (path, change) => {
    expect(readWish(visit(change))).toMatchObject({ faults: [{ path }] });
  });
});

describe('an appointment', () => {
  it('comes back as it was sent, with its practitioner', () => {
    const content = withPractitioner(contentOf(visit({ comment: 'x', status: 'proposed' })), 'd');
    const shown = toFhirAppointment({ ...record, ...content });
    expect(shown).toMatchObject({ status: 'booked', comment: 'x', start: at(1000), end: at(1030) });
    expect(shown['participant']).toMatchObject([
      { actor: { reference: 'Patient/p' } },
      { actor: { reference: 'Practitioner/d' } },
    ]);
    expect(withPractitioner(content, 'd')).toEqual(content);
  });

  it('is the same visit unless who, when or where differs', () => {
    const shown = toFhirAppointment(record);
    expect(isSameVisit(shown, record)).toBe(true);
    expect(isSameVisit({ ...shown, start: '1970-01-01T17:40:00+01:00' }, record)).toBe(true);
    for (const change of [
      { start: at(1005) },
      { end: at(1035) },
      { participant: [] },
      { slot: [{ reference: 'Slot/x' }] },
      slots(1030),
      slots(1000, 1030),
      { minutesDuration: 60 },
    ])
      expect(isSameVisit({ ...shown, ...change }, record)).toBe(false);
  });

  it('says what the server knows, whatever was sent, and keeps the slots that it was booked by', () => {
    const sent = { created: '2001-01-01', minutesDuration: 5, ...slots(1000, 1015) };
    const booked = { ...record, ...withPractitioner(contentOf(visit(sent)), 'd') };
    const shown = toFhirAppointment(booked);
    expect(shown).toMatchObject({
      created: '1970-01-01T00:00:00.000Z',
      minutesDuration: 30,
      ...slots(1000, 1015),
    });
    const without = { ...shown };
    delete without['slot'];
    expect(isSameVisit(without, booked)).toBe(true);
    expect(contentOfUpdate(without, booked).kept).toMatchObject(slots(1000, 1015));
  });

  it('is cancelled for a reason of the code system, by its top level', () => {
    const reason = (system: string, code: string): unknown =>
      reasonIn(visit({ cancelationReason: { coding: [{ system, code }] } }));
    expect([reason(SYSTEM, 'pat-crs'), reason(SYSTEM, 'prov'), reason(SYSTEM, 'patient')]).toEqual([
      'pat',
      'prov',
      undefined,
    ]);
    expect(reason('urn:other', 'pat')).toBeUndefined();
    expect(reasonIn(visit({ cancelationReason: { text: 'pat' } }))).toBeUndefined();
  });
});
