import {
  Decrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
  webauthn,
  type Identity as AgeIdentity,
} from 'age-encryption';
import { DocumentError } from './document-error.ts';
import { FILE_KEY_BYTES } from './file-key.ts';
import type { Header } from './header.ts';

/** What opens documents. */
export interface Identity {
  /** Gives the identity to the library, which tries those it has in order. */
  addTo(decrypter: Decrypter): void;
}

/** The identity of a secret key: `AGE-SECRET-KEY-1...`, `AGE-SECRET-KEY-PQ-1...`, or an X25519 private CryptoKey, which a browser can keep without ever showing it.
 * @throws DocumentError identity-invalid, which does not quote it */
export function identity(secretKey: string | CryptoKey): Identity {
  try {
    new Decrypter().addIdentity(secretKey);
  } catch {
    // The error of the library may quote the key.
    throw new DocumentError(
      'identity-invalid',
      'this is no identity: its beginning, length or checksum is wrong',
    );
  }
  return {
    addTo: (decrypter) => {
      decrypter.addIdentity(secretKey);
    },
  };
}

/** Opens what is encrypted to the passphrase. Refuses work factors beyond 20 (a gigabyte of memory), which a stranger's file could ask for. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    addTo: (decrypter) => {
      decrypter.addPassphrase(passphrase);
    },
  };
}

/** Opens what is encrypted to the passkey (browsers only; asks its user). `passkey`: what `createPasskey` gave. */
export function passkeyIdentity(passkey: string): Identity {
  const holder = new webauthn.WebAuthnIdentity({ identity: passkey });
  return {
    addTo: (decrypter) => {
      decrypter.addIdentity(holder);
    },
  };
}

/** `hybrid` resists quantum computers (ML-KEM-768 with X25519) and is understood by age 1.3; `x25519` by every age. */
export type KeyKind = 'hybrid' | 'x25519';

/** A new secret key, to be kept where nobody else reads it. */
export function generateKey(kind: KeyKind = 'hybrid'): Promise<string> {
  return kind === 'hybrid' ? generateHybridIdentity() : generateX25519Identity();
}

/** The public key of a secret key. @throws DocumentError identity-invalid */
export async function publicKeyOf(secretKey: string): Promise<string> {
  identity(secretKey);
  return identityToRecipient(secretKey);
}

export interface PasskeyOptions {
  /** What the user sees when choosing among passkeys. */
  readonly name: string;
  /** The domain of the page, or one above it. Default: the page's. */
  readonly rpId?: string;
  /** A security key needs the returned text to open documents; a passkey can be found without it. */
  readonly type?: 'passkey' | 'security-key';
}

/** Asks the user for a new passkey with the PRF extension (browsers only). @returns what `passkeyRecipient` and `passkeyIdentity` take: no secret */
export function createPasskey({ name, ...options }: PasskeyOptions): Promise<string> {
  return webauthn.createCredential({ keyName: name, ...options });
}

/** Unwraps the file key and checks the header with it. @throws DocumentError no-matching-identity, header-malformed, header-tampered */
export async function unwrap(header: Header, identities: readonly Identity[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const one of identities) one.addTo(decrypter);
  decrypter.addIdentity(NOBODY);
  try {
    const fileKey = await decrypter.decryptHeader(header.bytes);
    if (fileKey.length === FILE_KEY_BYTES) return fileKey;
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError('header-tampered', 'the header of the document was changed or is broken', {
      cause: error,
    });
  }
  throw new DocumentError('header-malformed', 'the file key has another length');
}

/** Is asked when none of the others could unwrap anything. */
const NOBODY: AgeIdentity = {
  unwrapFileKey: () => {
    throw new DocumentError(
      'no-matching-identity',
      'the document is not encrypted to any of these identities',
    );
  },
};
