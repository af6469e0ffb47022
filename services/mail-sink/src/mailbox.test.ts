import { describe, expect, it } from '@jest/globals';
import { Mailbox } from './mailbox.ts';
import type { StoredMail } from './mailbox.ts';

function mail(messageId: string, change: Partial<StoredMail> = {}): StoredMail {
  const received = new Date('2027-03-01T10:00:00Z');
  return {
    messageId,
    received,
    from: 'clinic@x',
    to: ['ann@x'],
    about: 'booked',
    subject: 's',
    text: '',
    html: '',
    ...change,
  };
}

describe('Mailbox', () => {
  it('keeps one mail per Message-ID and counts the copies', () => {
    const box = new Mailbox(10);
    expect(box.add(mail('a'))).toBe(true);
    expect(box.add(mail('a'))).toBe(false);
    expect(box.matching({})).toHaveLength(1);
    expect(box.totals).toEqual({ received: 1, duplicates: 1 });
  });

  it('forgets the oldest mail beyond its capacity but not that it was received', () => {
    const box = new Mailbox(2);
    for (const id of ['a', 'b', 'c']) box.add(mail(id));
    expect(box.matching({}).map((one) => one.messageId)).toEqual(['b', 'c']);
    expect(box.totals.received).toBe(3);
  });

  it('finds by address whatever its case, and by time', () => {
    const box = new Mailbox(10);
    box.add(mail('a', { to: ['Ann@X', 'bob@x'] }));
    box.add(mail('b', { to: ['eve@x'], received: new Date('2027-03-01T11:00:00Z') }));
    expect(box.matching({ to: 'ann@x' }).map((one) => one.messageId)).toEqual(['a']);
    expect(box.matching({ since: new Date('2027-03-01T11:00:00Z') }).map((one) => one.messageId)).toEqual([
      'b',
    ]);
  });

  it('starts again from nothing when cleared', () => {
    const box = new Mailbox(10);
    box.add(mail('a'));
    box.clear();
    expect(box.totals).toEqual({ received: 0, duplicates: 0 });
    expect(box.add(mail('a'))).toBe(true);
  });
});
