import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Browser, View } from './browser.ts';

/** A passkey in software: one credential, which answers the questions of pages as often as it is asked. */
export interface Authenticator {
  /** The answer to `navigator.credentials.create` for what the page of second factors asks, as the page's script sends it. */
  register(page: View): string;
}

/** WebAuthn, 6.1: user present, user verified, attested credential data included. */
const FLAGS = 0x45;

export function createAuthenticator(): Authenticator {
  const id = randomBytes(16);
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  });
  // COSE (RFC 9053): EC2, ES256, P-256.
  const key = [hex('a5010203262001215820'), Buffer.from(x, 'base64url'), hex('225820'), Buffer.from(y, 'base64url')];
  return {
    register(page): string {
      const { challenge, rp } = optionsOf(page);
      const origin = new URL(page.url).origin;
      const client = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
      const data = Buffer.concat([
        createHash('sha256').update(rp.id).digest(),
        Buffer.from([FLAGS, 0, 0, 0, 0]),
        Buffer.alloc(16),
        Buffer.from([0, id.length]),
        id,
        ...key,
      ]);
      // CBOR: { fmt: 'none', attStmt: {}, authData: data }
      const frame = hex('a363666d74646e6f6e656761747453746d74a0686175746844617461');
      const attestation = Buffer.concat([frame, Buffer.from([0x58, data.length]), data]);
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: Buffer.from(client).toString('base64url'),
          attestationObject: attestation.toString('base64url'),
          transports: ['internal'],
        },
      });
    },
  };
}

/** Adds the passkey to the account of who is logged in. */
export async function addPasskey(
  browser: Browser,
  page: View,
  { credential, password }: { credential: string; password: string },
): Promise<View> {
  const form = page.forms.find(({ action }) => action.endsWith('/passkeys'));
  return browser.submit(page, { credential, current: password }, form);
}

function optionsOf({ text }: View): { challenge: string; rp: { id: string } } {
  const options = /data-passkey="create" data-options="([^"]*)"/.exec(text)?.[1] ?? '';
  return JSON.parse(options.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as never;
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
