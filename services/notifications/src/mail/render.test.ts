import { describe, expect, it } from '@jest/globals';
import { renderMail } from './render.ts';

const NEW_YORK = 'America/New_York';

describe('renderMail', () => {
  it('says who and when, in plain text and in HTML', () => {
    const mail = renderMail({ about: 'booked', start: '2027-03-12T14:00:00Z' }, 'Abram', NEW_YORK);
    expect(mail.subject).toBe('Your appointment is booked');
    expect(mail.text).toContain(
      'Hello Abram,\n\nyour appointment is booked for Friday, March 12, 2027 at 9:00 AM EST.',
    );
    expect(mail.html).toContain(
      '<p>your appointment is booked for Friday, March 12, 2027 at 9:00 AM EST.</p>',
    );
  });

  it.each([
    ['2027-03-12T14:00:00.000Z', 'Friday, March 12, 2027 at 9:00 AM EST'],
    ['2027-03-15T13:30:00.000Z', 'Monday, March 15, 2027 at 9:30 AM EDT'],
    ['2027-03-02T03:00:00Z', 'Monday, March 1, 2027 at 10:00 PM EST'],
  ])(
    'shows %s on the wall clock and with the day of the clinic, on both sides of a clock change',
    (start, shown) => {
      expect(renderMail({ about: 'cancelled', start }, 'Abram', NEW_YORK).text).toContain(
        `your appointment on ${shown} is cancelled.`,
      );
    },
  );

  it('greets somebody without a name neutrally', () => {
    for (const about of ['booked', 'cancelled'] as const) {
      expect(renderMail({ about, start: '2027-03-12T14:00:00Z' }, '', NEW_YORK).text).toMatch(/^Hello,\n\n/);
    }
    expect(renderMail({ about: 'registered' }, ' ', NEW_YORK).text).toMatch(/^Hello,\n\n/);
  });

  it('takes a name that looks like a message for a name', () => {
    const mail = renderMail({ about: 'registered' }, '{start, date} # <b>', NEW_YORK);
    expect(mail.text).toContain('Hello {start, date} # <b>,');
  });

  it('lets no name become markup', () => {
    const mail = renderMail({ about: 'registered' }, `<img src=x onerror="alert('1')">&`, NEW_YORK);
    expect(mail.html).toContain('Hello &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;,');
    expect(mail.html).not.toContain('<img');
  });

  it('keeps the name out of the subject, which lock screens show', () => {
    for (const about of ['booked', 'cancelled'] as const) {
      expect(renderMail({ about, start: '2027-03-12T14:00:00Z' }, 'Abram', NEW_YORK).subject).not.toContain(
        'Abram',
      );
    }
  });
});
