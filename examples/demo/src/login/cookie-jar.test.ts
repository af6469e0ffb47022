import { describe, expect, it } from '@jest/globals';
import { CookieJar } from './cookie-jar.ts';

const at = (path: string): URL => new URL(path, 'https://clinic.example');

function answer(...cookies: string[]): Headers {
  const headers = new Headers();
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return headers;
}

describe('CookieJar', () => {
  it('sends a cookie below its path only, the longest path first', () => {
    const jar = new CookieJar();
    jar.take(
      at('/oauth2/authorize'),
      answer('session=1; Path=/; HttpOnly', 'resume=2; Path=/oauth2/authorize/abc'),
    );
    expect(jar.header(at('/login/abc'))).toBe('session=1');
    expect(jar.header(at('/oauth2/authorize/abc'))).toBe('resume=2; session=1');
    expect(jar.header(at('/oauth2/authorize/abcd'))).toBe('session=1');
  });

  it('takes the folder of the page when a cookie names no path (RFC 6265, 5.1.4)', () => {
    const jar = new CookieJar();
    jar.take(at('/login/abc'), answer('step=1'));
    expect([jar.header(at('/login/other')), jar.header(at('/account'))]).toEqual(['step=1', '']);
  });

  it('forgets what has ended, and replaces what is set again', () => {
    const jar = new CookieJar();
    jar.take(at('/'), answer('a=1; Path=/', 'b=1; Path=/', 'c=1; Path=/'));
    jar.take(
      at('/'),
      answer('a=2; Path=/', 'b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'c=; Path=/; Max-Age=0'),
    );
    expect(jar.header(at('/'))).toBe('a=2');
  });
});
