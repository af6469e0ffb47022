import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthenticator } from '../../test/authenticator.ts';
import type { Authenticator } from '../../test/authenticator.ts';
import type { View } from '../../test/browser.ts';
import type { AccountRecord, Passkey } from '../accounts/account.ts';
import { createPasskeys } from './passkeys.ts';
import type { Passkeys, PasskeysOptions } from './passkeys.ts';

const ORIGIN = 'https://clinic.example';
const OWNER = { _id: 'owner', role: 'patient' } as AccountRecord;
/** No point of any curve: both coordinates are beyond the field of P-256. */
const NOWHERE = { x: Buffer.alloc(32, 0xff), y: Buffer.alloc(32, 0xff) };

describe('passkeys', () => {
  let passkeys: Passkeys;
  let kept: Passkey[];
  beforeEach(() => {
    const moments = new Map<string, unknown>();
    kept = [];
    const take = (key: string): Promise<unknown> => {
      const moment = moments.get(key);
      moments.delete(key);
      return Promise.resolve(moment);
    };
    passkeys = createPasskeys({
      publicUrl: ORIGIN,
      moments: {
        save: (key: string, value: object) => Promise.resolve(void moments.set(key, value)),
        look: (key: string) => Promise.resolve(moments.get(key)),
        take,
      },
      factors: {
        addPasskey: (_id: string, passkey: Passkey) => Promise.resolve(kept.push(passkey) > 0),
        byPasskey: () => Promise.resolve(kept[0] && { account: OWNER, passkey: kept[0] }),
        countPasskey: () => Promise.resolve(true),
      } as unknown as PasskeysOptions['factors'],
    });
  });

  const register = async (authenticator: Authenticator): Promise<string> => {
    const options = await passkeys.askForNew('page', OWNER, 'ada@mail.example');
    const json = authenticator.register(pageOf('create', options));
    return passkeys.add('page', OWNER, { json, label: 'My device' });
  };
  const use = async (authenticator: Authenticator): Promise<AccountRecord | undefined> =>
    passkeys.check('page', authenticator.use(pageOf('get', await passkeys.ask('page'))));

  it('let their owner in, and nobody by an answer of another key', async () => {
    const authenticator = createAuthenticator();
    expect(await register(authenticator)).toBe('added');
    expect(await use(authenticator)).toBe(OWNER);
    expect(await use(createAuthenticator())).toBeUndefined();
  });

  it('with a key on no curve are refused when they are added', async () => {
    expect(await register(createAuthenticator(NOWHERE))).toBe('refused');
    expect(kept).toEqual([]);
  });

  it('with a key on no curve that are there let nobody in, and are no fault of the service', async () => {
    const authenticator = createAuthenticator();
    await register(authenticator);
    const publicKey = createAuthenticator(NOWHERE).publicKey.toString('base64url');
    kept = kept.map((passkey) => ({ ...passkey, publicKey }));
    expect(await use(authenticator)).toBeUndefined();
    kept = kept.map((passkey) => ({ ...passkey, publicKey: randomBytes(40).toString('base64url') }));
    expect(await use(authenticator)).toBeUndefined();
  });
});

function pageOf(kind: 'create' | 'get', options: string): View {
  const text = `data-passkey="${kind}" data-options="${options.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
  return { url: `${ORIGIN}/account/second-factor`, text } as View;
}
