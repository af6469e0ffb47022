import { expect, it } from '@jest/globals';
import { fingerprint } from './fingerprint.ts';
import { generateKey, publicKeyOf } from './identities.ts';

it('is short, the same for the same key, and another for another', async () => {
  const [one, other] = [await publicKeyOf(await generateKey()), await publicKeyOf(await generateKey())];
  expect(fingerprint(one)).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  expect(fingerprint(` ${one.toUpperCase()}\n`)).toBe(fingerprint(one));
  expect(fingerprint(other)).not.toBe(fingerprint(one));
});
