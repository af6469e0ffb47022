import { describe, expect, it } from '@jest/globals';
import { renderList } from './list-page.ts';

describe('renderList', () => {
  it('shows a mail without letting its text become markup', () => {
    const mail = {
      messageId: 'a',
      received: new Date('2027-03-01T10:00:00Z'),
      from: 'clinic@x',
      to: ['ann@x'],
      about: 'booked',
      subject: '<script>alert(1)</script>',
      text: 'a & b',
      html: '',
    };
    const page = renderList([mail], { received: 3, duplicates: 2 });
    expect(page).toContain('<td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td>a &amp; b</td>');
    expect(page).not.toContain('<script>');
    expect(page).toContain('3 e-mails received, 2 duplicates');
  });
});
