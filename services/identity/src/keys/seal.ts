import { CompactEncrypt, compactDecrypt, errors } from 'jose';

/**
 * Encrypts a text under a key of 256 bits, as a compact JWE (RFC 7516; `dir`, `A256GCM`). The context is in the protected
 * header, which the encryption authenticates, so that the result cannot be moved to another record.
 */
export function seal(key: Uint8Array, context: string, plaintext: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: context })
    .encrypt(key);
}

/** Decrypts what `seal` made. @throws Error when key, context or text are not the ones it was sealed with */
export async function unseal(key: Uint8Array, context: string, sealed: string): Promise<string> {
  const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  if (protectedHeader.kid !== context) throw new TypeError('a sealed value belongs to another record');
  return new TextDecoder().decode(plaintext);
}

/** What a sealed value holds, and the place of the key among those that were tried. */
export interface Opened {
  readonly text: string;
  readonly place: number;
}

/** Decrypts what was sealed under one of several keys. @returns undefined when none opens it */
export async function openAny(
  keys: readonly Uint8Array[],
  context: string,
  sealed: string,
): Promise<Opened | undefined> {
  for (const [place, key] of keys.entries()) {
    try {
      return { text: await unseal(key, context, sealed), place };
    } catch (error) {
      if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) throw error;
    }
  }
  return undefined;
}

/** Decrypts what was sealed under one of several keys. @throws TypeError when none opens it */
export async function unsealAny(
  keys: readonly Uint8Array[],
  context: string,
  sealed: string,
): Promise<string> {
  const opened = await openAny(keys, context, sealed);
  if (!opened) throw new TypeError('no key opens a sealed value');
  return opened.text;
}
