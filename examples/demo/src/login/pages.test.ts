import { describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { formsIn } from './form.ts';
import { answerPage, Authenticator } from './pages.ts';
import type { Page } from './browser.ts';

const totp = new TOTP({ issuer: 'Clinic', label: 'somebody', secret: new Secret({ size: 20 }) });

function page(html: string): Page {
  const url = new URL('https://clinic.example/login/abc');
  return { url, status: 200, html, forms: formsIn(html, url) };
}

const credentials = { username: 'a@b.example', password: 'secret' };

describe('answerPage', () => {
  it('fills the form of the password', () => {
    const html = '<form method="post"><input name="username"><input name="password"></form>';
    expect(answerPage(page(html), credentials)).toMatchObject({ kind: 'password', entries: credentials });
  });

  it('sets an authenticator up with the key of the page, and then types its codes', () => {
    const authenticator = new Authenticator();
    const form = '<form method="post"><input name="otp"></form>';
    const offered = `<code data-totp-secret>${totp.secret.base32}</code>${form}`;
    const enrolment = answerPage(page(offered), { ...credentials, authenticator });
    expect(enrolment?.kind).toBe('enrolment');
    expect(totp.validate({ token: String(enrolment?.entries['otp']), window: 1 })).not.toBeNull();
    expect(answerPage(page(form), { ...credentials, authenticator })?.kind).toBe('code');
  });

  it('has no answer to a page that asks for nothing', () => {
    expect(answerPage(page('<p>Wait.</p>'), credentials)).toBeUndefined();
  });
});

describe('Authenticator', () => {
  it('gives no code twice', () => {
    const authenticator = new Authenticator();
    authenticator.take(totp.secret.base32);
    const now = Date.now();
    expect(authenticator.code(now)).not.toBe(authenticator.code(now));
  });
});
