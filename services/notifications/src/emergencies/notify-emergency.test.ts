import { describe, expect, it } from '@jest/globals';
import { newEvent } from '@careplane/kit';
import { MailUndelivered } from '../mail/mailer.ts';
import type { OutgoingMail } from '../mail/mailer.ts';
import { createEmergencyNotifier } from './notify-emergency.ts';

const event = newEvent('identity', 'access.emergency', {
  subject: 'p',
  data: { grantId: 'g1', patientId: 'p', practitionerId: 'd' },
});
const signal = new AbortController().signal;

/** A notifier over memory, whose mail server refuses these addresses for now. */
function notifier(away: Set<string>): { tell: () => Promise<string>; sent: OutgoingMail[]; told: string[] } {
  const [handled, sent, told] = [new Set<string>(), [] as OutgoingMail[], [] as string[]];
  const tell = createEmergencyNotifier({
    reviewers: ['a@x.example', 'b@x.example'],
    notify: ({ patientId }) => {
      told.push(patientId);
      return Promise.resolve(told.length === 1 ? 'ok' : 'duplicate');
    },
    inbox: {
      has: (id) => Promise.resolve(handled.has(id)),
      async once(id, handle) {
        await handle({ session: undefined as never, afterCommit: () => undefined });
        handled.add(id);
        return 'ok';
      },
    },
    deliveries: { record: () => Promise.resolve() },
    mailer: {
      send(mail) {
        if (away.has(mail.to)) return Promise.reject(new MailUndelivered('later'));
        sent.push(mail);
        return Promise.resolve();
      },
      close: () => undefined,
    },
    timeZone: 'America/New_York',
    mailDomain: 'x.example',
    count: () => undefined,
  });
  return { tell: () => tell(event, signal), sent, told };
}

describe('a mail about emergency access', () => {
  it('that fails holds up none of the others, and is the only one that is sent again', async () => {
    const away = new Set(['a@x.example']);
    const { tell, sent, told } = notifier(away);
    await expect(tell()).rejects.toThrow(MailUndelivered);
    expect([sent.map(({ to }) => to), told]).toEqual([['b@x.example'], ['p']]);
    away.clear();
    expect(await tell()).toBe('ok');
    expect(await tell()).toBe('duplicate');
    expect(sent.map(({ to, messageId }) => [to, messageId])).toEqual([
      ['b@x.example', `${event.id}.review.1@x.example`],
      ['a@x.example', `${event.id}.review.0@x.example`],
    ]);
  });
});
