import { expect, test } from '@jest/globals';
import type { Bindings } from '@careplane/kit';
import { encodeSigningKey, encodeVerifierKey, generateSigningKey } from '@careplane/tlog';
import { readLogKeys } from './keys.ts';
import type { LogKeys } from './keys.ts';

const ORIGIN = 'clinic.example/audit';
const key = generateSigningKey(ORIGIN, 'ed25519');
const former = generateSigningKey(ORIGIN, 'ed25519');

function reading(entries: Record<string, string>): LogKeys {
  return readLogKeys({ secret: () => entries } as unknown as Bindings, 'audit-keys', ORIGIN);
}

test('a key from a ceremony comes before the seed, and former keys verify after it', () => {
  const keys = reading({
    signingKey: `${encodeSigningKey(key)}\n`,
    signingSeed: 'x'.repeat(32),
    formerKeys: `${encodeVerifierKey(former.verifier)}\n`,
  });
  expect(encodeSigningKey(keys.signing)).toBe(encodeSigningKey(key));
  expect(keys.verifiers.map(encodeVerifierKey)).toEqual(
    [key, former].map((one) => encodeVerifierKey(one.verifier)),
  );
});

test('the same seed is the same key', () => {
  const [one, same, other] = ['x', 'x', 'y'].map(
    (letter) => reading({ signingSeed: letter.repeat(40) }).signing,
  );
  expect(one && encodeSigningKey(one)).toBe(same && encodeSigningKey(same));
  expect(one?.verifier.name).toBe(ORIGIN);
  expect(one?.verifier.id).not.toEqual(other?.verifier.id);
});

test('what is missing, short or of a witness is refused, and no key is quoted', () => {
  const witness = generateSigningKey(ORIGIN, 'cosignature/v1');
  const secret = encodeSigningKey(key);
  for (const entries of [
    {},
    { signingSeed: 'short' },
    { signingKey: secret.slice(0, -3) },
    { signingKey: encodeSigningKey(witness) },
    { signingKey: secret, formerKeys: encodeVerifierKey(witness.verifier) },
  ]) {
    expect(() => reading(entries)).toThrow();
    expect(() => reading(entries)).not.toThrow(secret.slice(-20, -3));
  }
});
