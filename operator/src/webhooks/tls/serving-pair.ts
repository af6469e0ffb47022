import { secretText } from '../../k8s/secret-data.ts';
import type { Secret } from '../../k8s/types.ts';
import { isSignedByOne, type KeyPair } from '../../pki/certificate.ts';
import { checkPair } from '../../pki/renewal.ts';
import { pairIn } from '../../pki/tls-secret.ts';

/** What is in the Secret of the webhook's certificate, and whether it can be served. */
export type ServingPair = { pair: KeyPair; expires: number } | { problem: string };

const ANY_NAME = { name: '', dnsNames: [], ipAddresses: [] };

/** Reads the pair: it must be whole, in time, and signed by one of the authorities beside it. Pure. */
export function servingPair(secret: Secret | undefined, now: number): ServingPair {
  if (secret === undefined) return { problem: 'there is no certificate yet' };
  const pair = pairIn(secret);
  if (pair === undefined) return { problem: 'certificate or key is missing' };
  const { isUsable, renew, expires } = checkPair(pair, ANY_NAME, undefined, now);
  if (!isUsable || expires === undefined)
    return { problem: `the certificate: ${renew ?? 'it cannot be used'}` };
  const isTrusted = isSignedByOne(pair.certificate, secretText(secret, 'ca.crt') ?? '');
  return isTrusted ? { pair, expires } : { problem: 'the certificate is signed by no authority beside it' };
}
