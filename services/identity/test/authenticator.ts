import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Browser, View } from './browser.ts';

/** A passkey in software: one credential, which answers the questions of pages as often as it is asked. */
export interface Authenticator {
  /** The answer to `navigator.credentials.create` for what the page of second factors asks, as the page's script sends it. */
  register(page: View): string;
  /** The answer to `navigator.credentials.get` for what a page asks. */
  use(page: View): string;
  /** COSE (RFC 9053): EC2, ES256, P-256. */
  readonly publicKey: Buffer;
}

/** WebAuthn, 6.1: user present, user verified; for a new one with the credential's data. */
const FLAGS = { use: 0x05, register: 0x45 } as const;

/** `point`: of a public key that is not its own. */
export function createAuthenticator(point?: { readonly x: Buffer; readonly y: Buffer }): Authenticator {
  const id = randomBytes(16);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' });
  const own = { x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') };
  const shown = point ?? own;
  const publicKey = Buffer.concat([hex('a5010203262001215820'), shown.x, hex('225820'), shown.y]);
  return {
    publicKey,
    use(page): string {
      const { challenge, rpId } = optionsOf(page, 'get') as { challenge: string; rpId: string };
      const origin = new URL(page.url).origin;
      const client = Buffer.from(
        JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }),
      );
      const data = Buffer.concat([
        createHash('sha256').update(rpId).digest(),
        Buffer.from([FLAGS.use, 0, 0, 0, 0]),
      ]);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: sign('sha256', signed, pair.privateKey).toString('base64url'),
        },
      });
    },
    register(page): string {
      const { challenge, rp } = optionsOf(page, 'create') as { challenge: string; rp: { id: string } };
      const origin = new URL(page.url).origin;
      const client = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
      const data = Buffer.concat([
        createHash('sha256').update(rp.id).digest(),
        Buffer.from([FLAGS.register, 0, 0, 0, 0]),
        Buffer.alloc(16),
        Buffer.from([0, id.length]),
        id,
        publicKey,
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

function optionsOf({ text }: View, kind: 'create' | 'get'): unknown {
  const options = new RegExp(`data-passkey="${kind}" data-options="([^"]*)"`).exec(text)?.[1] ?? '';
  return JSON.parse(options.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
