import { describe, expect, it } from '@jest/globals';
import { retryQueue } from '../amqp/topology.ts';
import { newEvent, parseEvent } from './envelope.ts';
import { EVENTS } from './registry.ts';
import type { EventData, EventType } from './registry.ts';

const event = newEvent('appointments', 'appointment.cancelled', {
  subject: 'a',
  data: {
    appointmentId: 'a',
    patientId: 'p',
    practitionerId: 'd',
    start: '2026-12-01T09:00:00Z',
    reason: 'patient',
  },
});
const bytes = (value: object): Buffer => Buffer.from(JSON.stringify(value));

const times = { start: '2026-12-01T09:00:00Z', end: '2026-12-01T09:30:00Z' };

/** Data of each event, with all of its fields. */
const SAMPLES: { readonly [T in EventType]: EventData<T> } = {
  'access.emergency': { grantId: 'g', patientId: 'p', practitionerId: 'd' },
  'account.message': { messageId: 'm' },
  'audit.recorded': {
    entries: [
      {
        id: '01a22d25-b797-7524-b9cc-6d1843bc8b21',
        recorded: '2026-12-01T09:00:00.000Z',
        service: 'records',
        action: 'read',
        outcome: 'granted',
        agent: { role: 'practitioner', account: 'a', client: 'app' },
        entities: [{ type: 'Patient', id: 'p', version: '1' }],
        patient: 'p',
      },
    ],
  },
  'appointment.booked': {
    appointmentId: 'a',
    patientId: 'p',
    practitionerId: 'd',
    scheduleId: 's',
    ...times,
    bookedByRole: 'frontdesk',
    bookedBy: 'a',
  },
  'appointment.cancelled': event.data,
  'patient.erased': { erasureId: 'e', patientId: 'p', proof: 'x' },
  'patient.erasure.done': { erasureId: 'e', patientId: 'p', service: 'records' },
  'patient.merged': { patientId: 'p', survivorId: 'q', undone: false },
  'patient.registered': { patientId: 'p' },
  'patient.updated': { patientId: 'p' },
};

describe('the envelope', () => {
  it('is CloudEvents 1.0 and comes back as it went', () => {
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/careplane/appointments',
      datacontenttype: 'application/json',
    });
    expect(parseEvent(bytes(event))).toEqual({ ok: true, event });
  });

  it('cannot carry out what the registry does not name', () => {
    const data = { patientId: 'p', name: 'Waltraud' };
    expect(() => newEvent('identity', 'patient.registered', { subject: 'p', data })).toThrow();
  });

  it('is read without the fields that a newer publisher has added, to the data or beside it', () => {
    for (const type of Object.keys(EVENTS) as EventType[]) {
      const data = SAMPLES[type];
      const sent = { ...newEvent('identity', type, { subject: 's', data }), priority: 'new' };
      const read = parseEvent(bytes({ ...sent, data: { ...data, added: { in: 'a later version' } } }));
      expect(read).toMatchObject({ ok: true, event: { type } });
      expect(read.ok && read.event.data).toEqual(data);
    }
  });

  it('is not read without what its type needs', () => {
    expect(parseEvent(bytes({ ...event, type: 'patient.registered', data: { name: 'x' } }))).toEqual({
      ok: false,
      reason: 'invalid-data',
    });
  });

  it('tells by a code what is wrong', () => {
    expect(parseEvent(Buffer.from('{'))).toEqual({ ok: false, reason: 'invalid-envelope' });
    expect(parseEvent(bytes({ ...event, specversion: '0.3' }))).toEqual({
      ok: false,
      reason: 'invalid-envelope',
    });
    expect(parseEvent(bytes({ ...event, type: 'toString' }))).toEqual({ ok: false, reason: 'unknown-event' });
  });
});

describe('retry queues', () => {
  it('get slower: 1 s, 10 s, then 60 s each time', () => {
    expect([1, 2, 3, 9].map((attempt) => retryQueue('n', attempt))).toEqual([
      'n.retry.1s',
      'n.retry.10s',
      'n.retry.60s',
      'n.retry.60s',
    ]);
  });
});
