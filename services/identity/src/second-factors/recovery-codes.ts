import { createHash, randomBytes } from 'node:crypto';

const COUNT = 10;
/** Without letters that look like digits. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Ten codes of some 79 bits, for a day without the authenticator app. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const letters = Array.from(randomLetters(16)).join('');
    return (letters.match(/.{4}/g) ?? []).join('-');
  });
}

/** What is stored of a code: it is random, so a plain hash hides it. */
export function recoveryHash(code: string): string {
  const letters = code.toLowerCase().replace(/[^a-z0-9]/g, '');
  return createHash('sha256').update(letters).digest('base64url');
}

export function looksLikeRecoveryCode(text: string): boolean {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '').length === 16;
}

function* randomLetters(count: number): Generator<string> {
  let left = count;
  while (left > 0) {
    for (const byte of randomBytes(count)) {
      const letter = ALPHABET[byte & 31];
      if (letter === undefined || left === 0) continue; // of 32 values one has no letter
      left -= 1;
      yield letter;
    }
  }
}
