import { describe, expect, it } from '@jest/globals';
import { MailRefused, MailUndelivered } from '../mail/mailer.ts';
import type { OutgoingMail } from '../mail/mailer.ts';
import { createNotifier } from './notify.ts';
import type { Notice, Notifier, NotifierParts } from './notify.ts';

const signal = new AbortController().signal;
const notice: Notice = {
  eventId: 'e1',
  event: 'appointment.booked',
  patientId: 'p1',
  topic: { about: 'booked', start: '2027-03-12T14:00:00Z' },
};

/** A notifier over memory: what it sent, recorded and counted can be read. */
function notifier(change: Partial<NotifierParts> = {}): {
  notify: Notifier;
  sent: OutgoingMail[];
  recorded: string[];
  counted: string[];
} {
  const handled = new Set<string>();
  const sent: OutgoingMail[] = [];
  const recorded: string[] = [];
  const counted: string[] = [];
  const notify = createNotifier({
    inbox: {
      has: (id) => Promise.resolve(handled.has(id)),
      async once(id, handle) {
        if (handled.has(id)) return 'duplicate';
        await handle({ session: undefined as never, afterCommit: () => undefined });
        handled.add(id);
        return 'ok';
      },
    },
    contacts: { find: () => Promise.resolve({ givenName: 'Ann', email: 'ann@x.example', consented: true }) },
    deliveries: {
      record: (_, delivery) => {
        recorded.push(delivery.outcome);
        return Promise.resolve();
      },
    },
    mailer: {
      send: (mail) => {
        sent.push(mail);
        return Promise.resolve();
      },
      close: () => undefined,
    },
    timeZone: 'America/New_York',
    mailDomain: 'clinic.example',
    count: (event, outcome) => counted.push(`${event} ${outcome}`),
    ...change,
  });
  return { notify, sent, recorded, counted };
}

describe('a notifier', () => {
  it('sends one mail per event, with a Message-ID made of the event, whatever is redelivered', async () => {
    const { notify, sent, recorded } = notifier();
    expect(await notify(notice, signal)).toBe('ok');
    expect(await notify(notice, signal)).toBe('duplicate');
    expect(sent.map((mail) => [mail.messageId, mail.to])).toEqual([['e1@clinic.example', 'ann@x.example']]);
    expect(recorded).toEqual(['sent']);
  });

  it('sends nothing without consent, and records that', async () => {
    const { notify, sent, recorded, counted } = notifier({
      contacts: {
        find: () => Promise.resolve({ givenName: 'Ann', email: 'ann@x.example', consented: false }),
      },
    });
    expect(await notify(notice, signal)).toBe('ok');
    expect(sent).toEqual([]);
    expect(recorded).toEqual(['no-consent']);
    expect(counted).toEqual(['appointment.booked no-consent']);
  });

  it('dead-letters an event of an unknown patient', async () => {
    const { notify } = notifier({ contacts: { find: () => Promise.resolve(undefined) } });
    await expect(notify(notice, signal)).rejects.toMatchObject({
      name: 'Poison',
      message: 'unknown-patient',
    });
  });

  it('dead-letters a mail that is refused for good, and leaves one to the retry that is not', async () => {
    const failing = (error: Error): Partial<NotifierParts> => ({
      mailer: { send: () => Promise.reject(error), close: () => undefined },
    });
    await expect(notifier(failing(new MailRefused('no'))).notify(notice, signal)).rejects.toMatchObject({
      name: 'Poison',
    });
    const later = notifier(failing(new MailUndelivered('later')));
    await expect(later.notify(notice, signal)).rejects.toMatchObject({ name: 'MailUndelivered' });
    expect(later.recorded).toEqual([]);
  });

  it('sends the copy with the same Message-ID when the note of the first was lost', async () => {
    let attempts = 0;
    const { notify, sent } = notifier({
      inbox: {
        has: () => Promise.resolve(false),
        once: () => {
          attempts += 1;
          return attempts === 1 ? Promise.reject(new Error('database away')) : Promise.resolve('ok');
        },
      },
    });
    await expect(notify(notice, signal)).rejects.toThrow('database away');
    expect(await notify(notice, signal)).toBe('ok');
    expect(sent.map((mail) => mail.messageId)).toEqual(['e1@clinic.example', 'e1@clinic.example']);
  });
});
