import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderApps, wishOf } from './app.ts';

const plain = { confidential: false, firstParty: false };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplane-app-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

describe('careplane app add', () => {
  it('makes a public app of one with redirects, with the scopes of a patient app', async () => {
    const redirect = ['https://a.example/back'];
    expect(await wishOf('Diary', { ...plain, redirect })).toEqual({
      name: 'Diary',
      type: 'public',
      redirectUris: redirect,
      scopes: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'],
      firstParty: false,
    });
  });

  it('makes a backend app of one with keys alone, and takes scopes in one word or many', async () => {
    const jwks = file('one.json', key);
    const scope = ['system/Appointment.rs system/Slot.rs', 'system/Schedule.rs'];
    const purpose = ['HRESCH,PUBHLTH'];
    expect(
      await wishOf('Statistics', { ...plain, jwks, scope, purpose, clientId: 'statistics' }),
    ).toMatchObject({
      purposes: ['HRESCH', 'PUBHLTH'],
      clientId: 'statistics',
      type: 'backend',
      jwks: { keys: [key] },
      scopes: ['system/Appointment.rs', 'system/Slot.rs', 'system/Schedule.rs'],
    });
  });

  it('makes a confidential app of one with redirects and keys, or on demand', async () => {
    const redirect = ['https://a.example/back'];
    const jwks = file('set.json', { keys: [key] });
    expect((await wishOf('A', { ...plain, redirect, jwks })).type).toBe('confidential');
    expect((await wishOf('A', { ...plain, redirect, confidential: true })).type).toBe('confidential');
  });

  it('says what to do when it cannot know how the app is used, or gets a private key', async () => {
    await expect(wishOf('A', plain)).rejects.toThrow('--redirect');
    const jwks = file('private.json', { keys: [{ ...key, d: 'secret' }] });
    await expect(wishOf('A', { ...plain, jwks })).rejects.toThrow('holds a private key');
    await expect(wishOf('A', { ...plain, jwks: join(folder, 'none.json') })).rejects.toThrow(
      'cannot be read',
    );
    await expect(wishOf('A', { ...plain, jwks: file('text.json', { keys: 'x' }) })).rejects.toThrow(
      'no JWK Set',
    );
  });
});

describe('careplane app list', () => {
  it('is a table whose columns line up', () => {
    const text = renderApps([
      {
        clientId: 'diary',
        name: 'My diary',
        type: 'public',
        redirectUris: ['https://a.example/b'],
        scopes: ['openid'],
      },
      { clientId: 'statistics', name: 'S', type: 'backend', scopes: ['system/*.rs'], firstParty: true },
    ]);
    expect(text).toBe(
      [
        'CLIENT ID   NAME      TYPE     FIRST PARTY  REDIRECTS            SCOPES',
        'diary       My diary  public   no           https://a.example/b  openid',
        'statistics  S         backend  yes          -                    system/*.rs',
        '',
      ].join('\n'),
    );
  });
});
