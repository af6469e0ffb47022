import { Secret, TOTP } from 'otpauth';

/** RFC 6238 as every authenticator app knows it. */
const SHAPE = { issuer: 'Careplane', algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** Steps before and after now that count: a clock may be half a minute off. */
const WINDOW = 1;

/** A new secret of 160 bits, base32. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The `otpauth:` URI for a QR code. `label` names the account in the app. */
export function totpUri(secret: string, label: string): string {
  return totpOf(secret, label).toString();
}

/** The time step of a code; undefined when it is not valid now. A step counts once: remember the last one. */
export function totpStep(secret: string, code: string, now = Date.now()): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totpOf(secret, '').validate({ token: code, window: WINDOW, timestamp: now });
  return delta === null ? undefined : Math.floor(now / 1000 / SHAPE.period) + delta;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ ...SHAPE, label, secret: Secret.fromBase32(secret) });
}
