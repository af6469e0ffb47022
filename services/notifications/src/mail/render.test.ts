import { describe, expect, it } from '@jest/globals';
import { clinicTime } from './clinic-time.ts';
import { renderMail } from './render.ts';

const NEW_YORK = 'America/New_York';

describe('clinicTime', () => {
  it('shows the wall clock of the clinic, on both sides of a clock change', () => {
    expect(clinicTime('2027-03-12T14:00:00.000Z', NEW_YORK)).toBe('Friday, March 12, 2027 at 9:00 AM EST');
    expect(clinicTime('2027-03-15T13:30:00.000Z', NEW_YORK)).toBe('Monday, March 15, 2027 at 9:30 AM EDT');
  });

  it('shows the day of the clinic, not of UTC', () => {
    expect(clinicTime('2027-03-02T03:00:00Z', NEW_YORK)).toBe('Monday, March 1, 2027 at 10:00 PM EST');
  });
});

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
