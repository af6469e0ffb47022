import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newApp } from './app.ts';
import { parseBoundApps } from './bound-apps.ts';

const app = {
  name: 'Diary',
  type: 'public',
  redirectUris: ['https://diary.example/callback'],
  scopes: ['openid', 'patient/*.rs'],
};
const keyOf = (type: 'public' | 'private', bits = 2_048): object =>
  generateKeyPairSync('rsa', { modulusLength: bits })[`${type}Key`].export({ format: 'jwk' });
const jwks = {
  keys: [generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })],
};
const backend = { name: 'Reports', type: 'backend', jwks, scopes: ['system/Appointment.rs'] };

describe('an app', () => {
  it.each([
    ['a public app', app],
    [
      'an app on the user’s machine',
      { ...app, redirectUris: ['http://127.0.0.1/callback', 'com.example.diary:/cb'] },
    ],
    ['an app with a name of any script', { ...app, name: 'Zoë’s 日記' }],
    ['an app at an IPv6 address', { ...app, redirectUris: ['https://[2001:db8::1]:8443/cb'] }],
    ['a backend app by an RSA key', { ...backend, jwks: { keys: [keyOf('public')] } }],
    ['an app with its purposes of use', { ...app, purposes: ['PATRQT', 'FAMRQT'] }],
    ['a confidential app by its secret', { ...app, type: 'confidential' }],
    ['a backend app by its keys', backend],
    [
      'a backend app by the address of its keys',
      { ...backend, jwks: undefined, jwksUri: 'https://reports.example/jwks' },
    ],
  ])('registers %s', (_what, value) => {
    expect(newApp.safeParse(value).success).toBe(true);
  });

  it.each([
    ['plain http', { ...app, redirectUris: ['http://diary.example/callback'] }],
    ['a fragment', { ...app, redirectUris: ['https://diary.example/callback#x'] }],
    ['a user in the address', { ...app, redirectUris: ['https://a:b@diary.example/'] }],
    ['a script as address', { ...app, redirectUris: ['javascript:alert(1)'] }],
    ['a directive of a policy as address', { ...app, redirectUris: ['https://a.example;script-src/'] }],
    ['addresses of anybody', { ...app, redirectUris: ['https://*.example/'] }],
    ['no redirect address', { ...app, redirectUris: [] }],
    ['an origin with a path', { ...app, origins: ['https://diary.example/x'] }],
    ['an unknown scope', { ...app, scopes: ['everything'] }],
    ['a public app with keys', { ...app, jwks }],
    ['a backend app without keys', { ...backend, jwks: undefined }],
    ['a backend app with both kinds of keys', { ...backend, jwksUri: 'https://reports.example/jwks' }],
    ['symmetric keys', { ...backend, jwks: { keys: [{ kty: 'oct', k: 'x' }] } }],
    ['a private key', { ...backend, jwks: { keys: [keyOf('private')] } }],
    ['a key that is too short', { ...backend, jwks: { keys: [keyOf('public', 1_024)] } }],
    ['a key on no curve', { ...backend, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ' }] } }],
    ['a name that turns what follows', { ...app, name: 'Care\u202eplane' }],
    ['a name that hides', { ...app, name: 'Diary\u200b' }],
    ['a purpose that is not known', { ...app, purposes: ['CURIOSITY'] }],
    ['fields that are not known', { ...app, role: 'admin' }],
  ])('refuses %s', (_what, value) => {
    expect(newApp.safeParse(value).success).toBe(false);
  });

  it('of YAML has its id', () => {
    expect(parseBoundApps(JSON.stringify([{ ...app, clientId: 'diary' }]))).toMatchObject([
      { clientId: 'diary' },
    ]);
    expect(() => parseBoundApps(JSON.stringify([app]))).toThrow('is needed here');
  });
});
