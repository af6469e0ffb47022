import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyPair, LeafRequest } from './certificate.ts';

/** How a certificate and its key compare with what is wanted. */
export interface PairCheck {
  /** Usable by a server now: parses, belongs together, not expired, signed by a trusted authority. */
  isUsable: boolean;
  /** Why a new one is wanted; `undefined` while this one does. */
  renew: string | undefined;
  /** A wanted name or address that it does not have. */
  lacks?: string | undefined;
  /** Milliseconds since the epoch; `undefined` when it cannot be read. */
  expires: number | undefined;
}

/** Renewed when this share of its life is over: a month is left to notice that renewal fails. */
const RENEW_AFTER = 2 / 3;

/**
 * Whether a pair serves, and whether another one is due at `now` (milliseconds since the epoch). Pure.
 * @param authority PEM of the current authority's certificate, if it can be read
 */
export function checkPair(
  pair: KeyPair | undefined,
  wanted: LeafRequest,
  authority: string | undefined,
  now: number,
): PairCheck {
  if (pair === undefined) return { isUsable: false, renew: 'there is none yet', expires: undefined };
  const parsed = parse(pair);
  if (parsed === undefined) return { isUsable: false, renew: 'it cannot be read', expires: undefined };
  const expires = Date.parse(parsed.validTo);
  if (now >= expires) return { isUsable: false, renew: 'it has expired', expires };
  const lacks = missingName(parsed, wanted);
  return { isUsable: true, renew: reasonToRenew(parsed, lacks, authority, now), lacks, expires };
}

function reasonToRenew(
  certificate: X509Certificate,
  lacks: string | undefined,
  authority: string | undefined,
  now: number,
): string | undefined {
  if (authority !== undefined && !isSignedBy(certificate, authority)) return 'the authority is another one';
  if (lacks !== undefined) return `it lacks the name ${lacks}`;
  return isOld(certificate, now) ? 'two thirds of its life are over' : undefined;
}

function missingName(certificate: X509Certificate, wanted: LeafRequest): string | undefined {
  return [
    ...wanted.dnsNames.filter((name) => !hasName(certificate, `DNS:${name}`)),
    ...wanted.ipAddresses.filter((address) => !hasName(certificate, `IP Address:${address}`)),
    ...(wanted.uris ?? []).filter((uri) => !hasName(certificate, `URI:${uri}`)),
  ][0];
}

/** Whether so much of its life is over that another one is due. `now`: milliseconds since the epoch. */
export function isOld(certificate: X509Certificate, now: number): boolean {
  return now >= renewalTime(certificate);
}

/** When so much of its life is over, in milliseconds since the epoch. */
export function renewalTime({ validFrom, validTo }: X509Certificate): number {
  const from = Date.parse(validFrom);
  return from + (Date.parse(validTo) - from) * RENEW_AFTER;
}

function parse(pair: KeyPair): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) ? certificate : undefined;
  } catch {
    // Whatever is wrong with it, the answer is the same: it cannot be used.
    return undefined;
  }
}

function isSignedBy(certificate: X509Certificate, authority: string): boolean {
  return certificate.verify(new X509Certificate(authority).publicKey);
}

/** Literal, unlike `checkHost`: a wildcard counts as the name `*.…` only. */
function hasName(certificate: X509Certificate, name: string): boolean {
  return (certificate.subjectAltName ?? '').split(', ').includes(name);
}
