import { describe, expect, it } from '@jest/globals';
import { retryQueue } from '../amqp/topology.ts';
import { newEvent, parseEvent } from './envelope.ts';

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

describe('the envelope', () => {
  it('is CloudEvents 1.0 and comes back as it went', () => {
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/careplane/appointments',
      datacontenttype: 'application/json',
    });
    expect(parseEvent(bytes(event))).toEqual({ ok: true, event });
  });

  it('cannot carry what the registry does not name', () => {
    const data = { patientId: 'p', name: 'Waltraud' };
    expect(() => newEvent('identity', 'patient.registered', { subject: 'p', data })).toThrow();
    expect(parseEvent(bytes({ ...event, type: 'patient.registered', data }))).toEqual({
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
