import { describe, expect, it } from '@jest/globals';
import { CallFailed, newEvent } from '@careplane/kit';
import type { InternalClient } from '@careplane/kit';
import { MailRefused } from '../mail/mailer.ts';
import type { OutgoingMail } from '../mail/mailer.ts';
import { ACCOUNT_KINDS } from '../mail/topics.ts';
import { identityAccountMessages } from './account-messages.ts';
import { createAccountNotifier } from './notify-account.ts';
import type { AccountNotifierParts } from './notify-account.ts';

const signal = new AbortController().signal;
const event = newEvent('identity', 'account.message', { subject: 'm', data: { messageId: 'm/1' } });
const link = 'https://10.200.0.2:30080/account/verify?token=a-b_c';

/** A notifier whose identity answers this to everything. */
function notifier(answer: unknown, change: Partial<AccountNotifierParts> = {}) {
  const handled = new Set<string>();
  const sent: OutgoingMail[] = [];
  const asked: string[] = [];
  const recorded: unknown[] = [];
  const counted: string[] = [];
  const identity: Pick<InternalClient, 'getJson'> = {
    getJson: (path, schema) => {
      asked.push(path);
      if (typeof answer === 'number') return Promise.reject(new CallFailed('identity', answer));
      return Promise.resolve(schema.parse(answer) as never);
    },
  };
  const tell = createAccountNotifier({
    messages: identityAccountMessages(identity),
    inbox: {
      has: (id) => Promise.resolve(handled.has(id)),
      async once(id, handle) {
        await handle({ session: undefined as never, afterCommit: () => undefined });
        handled.add(id);
        return 'ok';
      },
    },
    deliveries: {
      record: (_, delivery) => {
        recorded.push(delivery);
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
    mailDomain: 'clinic.example',
    count: (type, outcome) => counted.push(`${type} ${outcome}`),
    ...change,
  });
  return { tell: () => tell(event, signal), sent, asked, recorded, counted };
}

const message = { to: 'ann@x.example', kind: 'verify', link, language: 'en' };

describe('a mail about an account', () => {
  it('goes once to the address that identity gives, with a Message-ID made of the event', async () => {
    const { tell, sent, asked, recorded, counted } = notifier(message);
    expect([await tell(), await tell()]).toEqual(['ok', 'duplicate']);
    expect(asked).toEqual(['/internal/account-messages/m%2F1']);
    expect(sent).toMatchObject([{ to: 'ann@x.example', messageId: `${event.id}@clinic.example` }]);
    expect(recorded).toEqual([
      { _id: event.id, event: 'account.message', outcome: 'sent', at: expect.any(Date) },
    ]);
    expect(counted).toEqual(['account.message sent']);
  });

  it.each(ACCOUNT_KINDS)('has a text for %s', async (kind) => {
    const { tell, sent } = notifier({ ...message, kind });
    await tell();
    expect(sent[0]?.subject).toMatch(/^[A-Z]/);
    expect(sent[0]?.text).toMatch(/^Hello,\n\n/);
    expect(sent[0]?.text).not.toMatch(/[{}]|undefined/);
  });

  it('is in English when there are no texts in the language that is asked for', async () => {
    for (const language of ['en-GB', 'xx', 'constructor']) {
      const { tell, sent } = notifier({ ...message, language });
      await tell();
      expect(sent[0]?.subject).toBe('Confirm your e-mail address');
    }
  });

  it('shows the link once as a link, and the code only when there is one', async () => {
    const { tell, sent } = notifier({ ...message, link: `${link}&x=1` });
    await tell();
    expect(sent[0]?.html).toContain(`<a href="${link}&amp;x=1">${link}&amp;x=1</a>`);
    expect(sent[0]?.text).toContain(`${link}&x=1`);
    expect(sent[0]?.text).not.toContain('code');
    const coded = notifier({ ...message, link: undefined, code: 'ABCD-1234' });
    await coded.tell();
    expect(coded.sent[0]?.text).toContain('Your code is ABCD-1234.');
    expect(coded.sent[0]?.html).not.toContain('<a ');
  });

  it('has nothing of what somebody typed, whatever identity would hand on', async () => {
    const typed = 'Win at https://evil.example';
    const { tell, sent } = notifier({
      ...message,
      givenName: typed,
      name: typed,
      text: typed,
      subject: typed,
    });
    await tell();
    expect(JSON.stringify(sent)).not.toContain('evil');
  });
});

describe('a message about an account that cannot be sent', () => {
  it.each([
    ['unknown-message', 404],
    ['unknown-message', 410],
    ['unknown-kind', { ...message, kind: 'toString' }],
    ['invalid-message', { ...message, to: 'nobody' }],
    ['invalid-message', { ...message, link: 'javascript:alert(1)' }],
    ['invalid-message', { ...message, link: 'https://clinic@evil.example/' }],
    ['invalid-message', { ...message, link: 'https://clinic.example/"><b>' }],
    ['invalid-message', { ...message, code: 'see https://evil.example' }],
    ['invalid-message', { ...message, link: undefined }],
    ['invalid-message', {}],
  ])('is dead with the reason %s: %j', async (reason, answer) => {
    const { tell, sent } = notifier(answer);
    await expect(tell()).rejects.toMatchObject({ name: 'Poison', message: reason });
    expect(sent).toEqual([]);
  });

  it('is dead when the mail server refuses it for good, and tried again when identity is away', async () => {
    const mailer = { send: () => Promise.reject(new MailRefused('no')), close: () => undefined };
    await expect(notifier(message, { mailer }).tell()).rejects.toMatchObject({
      name: 'Poison',
      message: 'mail-refused',
    });
    await expect(notifier(503).tell()).rejects.toMatchObject({ name: 'CallFailed' });
  });
});
