import { describe, expect, it } from '@jest/globals';
import { newRecoveryCodes, looksLikeRecoveryCode, recoveryHash } from './recovery-codes.ts';
import { totpStep, totpUri } from './totp.ts';

/** The secret of RFC 6238, appendix B. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('codes of authenticator apps', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at %s', (seconds, code) => {
    expect(totpStep(SECRET, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('count one step early and late, and not two', () => {
    expect(totpStep(SECRET, '287082', (59 + 30) * 1000)).toBe(1);
    expect(totpStep(SECRET, '287082', (59 - 30) * 1000)).toBe(1);
    expect(totpStep(SECRET, '287082', (59 + 60) * 1000)).toBeUndefined();
  });

  it.each(['', '28708', '2870822', 'abcdef', '287083'])('are not %s', (code) => {
    expect(totpStep(SECRET, code, 59_000)).toBeUndefined();
  });

  it('come from a secret that is shown as an otpauth URI', () => {
    expect(totpUri(SECRET, 'log-in')).toBe(
      `otpauth://totp/Careplane:log-in?issuer=Careplane&secret=${SECRET}&algorithm=SHA1&digits=6&period=30`,
    );
  });
});

describe('recovery codes', () => {
  it('are ten, all different, and recognised however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
      expect(looksLikeRecoveryCode(code.toUpperCase().replaceAll('-', ' '))).toBe(true);
      expect(recoveryHash(code.toUpperCase().replaceAll('-', ' '))).toBe(recoveryHash(code));
    }
  });
});
