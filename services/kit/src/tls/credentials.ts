import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';

/** A certificate and its key, PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What a service shows of itself, and whose certificates it believes. */
export interface Credentials extends Pair {
  /** PEM of the authorities; old and new while one is replaced. */
  readonly authorities: string;
}

/** RFC 9325, 3.1.1: nothing older than TLS 1.2. */
const MIN_VERSION = 'TLSv1.2';

/** A new certificate cannot be used; the message holds nothing of it. */
export class UnusableCertificate extends Error {
  override readonly name = 'UnusableCertificate';
}

/** Options of Node's TLS for credentials; without authorities, for a certificate that only strangers see. */
export function secureOptions(from: Pair & Partial<Credentials>): SecureContextOptions {
  const { certificate, key, authorities } = from;
  return {
    cert: certificate,
    key,
    minVersion: MIN_VERSION,
    ...(authorities === undefined ? {} : { ca: authorities }),
  };
}

/** Proves that a pair belongs together and has not expired. @throws UnusableCertificate */
export function checkCredentials(pair: Pair & Partial<Credentials>, now: number = Date.now()): void {
  let expires: number;
  try {
    createSecureContext(secureOptions(pair));
    expires = Date.parse(new X509Certificate(pair.certificate).validTo);
  } catch (error) {
    throw new UnusableCertificate('certificate and key cannot be read, or do not belong together', {
      cause: error,
    });
  }
  if (now >= expires) throw new UnusableCertificate('the certificate has expired');
}
