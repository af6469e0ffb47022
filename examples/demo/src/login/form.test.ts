import { describe, expect, it } from '@jest/globals';
import { alertsIn, formsIn } from './form.ts';

const base = new URL('https://clinic.example/login/abc?x=1');

describe('formsIn', () => {
  it('reads what a browser would send, and what a user can fill', () => {
    const [form] = formsIn(
      `<form method="post" action="/login/abc/password">
         <input type="hidden" name="csrf" value="a&amp;b"><input name="username" value=""><input type="password" name="password">
         <input type="checkbox" name="scope" value="openid" checked><input type="checkbox" name="scope" value="other">
         <input type="text" name="off" disabled value="1"><select name="sex"><option value="f">F</option><option value="m" selected>M</option></select>
         <button name="action" value="go">Go</button><button type="submit">Nameless</button>
       </form>`,
      base,
    );
    expect(form?.action.href).toBe('https://clinic.example/login/abc/password');
    expect(form?.method).toBe('POST');
    expect(form?.filled).toEqual([
      ['csrf', 'a&b'],
      ['username', ''],
      ['password', ''],
      ['scope', 'openid'],
      ['sex', 'm'],
    ]);
    expect([...(form?.controls ?? [])]).toEqual(['username', 'password', 'scope', 'sex', 'action']);
    expect(form?.buttons).toEqual([['action', 'go']]);
  });

  it('sends a form without an action to its own page, by GET', () => {
    const [form] = formsIn('<form><input name="q"></form>', base);
    expect([form?.action.href, form?.method]).toEqual([base.href, 'GET']);
  });
});

describe('alertsIn', () => {
  it('is the text of the alerts', () => {
    expect(alertsIn('<p>Hello</p><div role="alert"><p>The password is wrong.</p></div>')).toBe(
      'The password is wrong.',
    );
    expect(alertsIn('<p>Hello</p>')).toBe('');
  });
});
