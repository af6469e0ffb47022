import { X509Certificate } from 'node:crypto';
import type { Secret } from '../../k8s/types.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { judgePair } from '../../pki/renewal.ts';
import { secretText } from '../../pki/secret-data.ts';

/** What is in the Secret of the webhook's certificate, and whether it can be served. */
export type ServingPair = { pair: KeyPair; expires: number } | { problem: string };

const ANY_NAME = { name: '', dnsNames: [], ipAddresses: [] };

/** Reads the pair: it must be whole, in time, and signed by one of the authorities beside it. Pure. */
export function servingPair(secret: Secret | undefined, now: number): ServingPair {
  if (secret === undefined) return { problem: 'there is no certificate yet' };
  const certificate = secretText(secret, 'tls.crt');
  const key = secretText(secret, 'tls.key');
  if (certificate === undefined || key === undefined) return { problem: 'certificate or key is missing' };
  const { isUsable, renew, expires } = judgePair({ certificate, key }, ANY_NAME, undefined, now);
  if (!isUsable || expires === undefined)
    return { problem: `the certificate: ${renew ?? 'it cannot be used'}` };
  const bundle = secretText(secret, 'ca.crt') ?? '';
  if (!isTrusted(certificate, bundle))
    return { problem: 'the certificate is signed by no authority beside it' };
  return { pair: { certificate, key }, expires };
}

/** The certificates of a PEM bundle. */
export function splitBundle(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function isTrusted(certificate: string, bundle: string): boolean {
  const leaf = new X509Certificate(certificate);
  return splitBundle(bundle).some((authority) => leaf.verify(new X509Certificate(authority).publicKey));
}
