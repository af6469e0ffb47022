import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { secretText } from '../../../k8s/secret-data.ts';
import { secrets, type Secret } from '../../../k8s/types.ts';
import type { Context } from '../../../runtime/controller.ts';
import { isWatched } from './generated-secrets.ts';

/** What is the matter with the certificate for clients outside the cluster. */
export type PublicFault = 'SecretMissing' | 'SecretUnusable' | 'Expired' | 'HostsMissing';

/** The Secret of `spec.http.tls.secretName` as it is in the cluster. */
export interface PublicCertificate {
  /** Of the Secret. */
  name: string;
  exists: boolean;
  /** Whether it carries the label of the informer's watch. */
  isWatched: boolean;
  /** `message` is for people. */
  fault: { reason: PublicFault; message: string } | undefined;
  /** Milliseconds since the epoch. */
  expires: number | undefined;
}

/** Reads it live: no cache holds the data of Secrets. */
export async function observePublicCertificate(
  { metadata: { namespace = '' }, spec }: HealthcareService,
  { live, now }: Pick<Context, 'live' | 'now'>,
): Promise<PublicCertificate | undefined> {
  const { secretName: name, hosts = [] } = spec.http?.tls ?? {};
  if (name === undefined) return undefined;
  const secret = await live.get<Secret>(secrets, { namespace, name });
  return { name, isWatched: isWatched(secret), ...judgePublicCertificate(name, secret, hosts, now()) };
}

/** Whether clients that call one of the hosts would accept what the Secret holds. Pure. `now`: milliseconds since the epoch. */
export function judgePublicCertificate(
  name: string,
  secret: Secret | undefined,
  hosts: readonly string[],
  now: number,
): Pick<PublicCertificate, 'exists' | 'fault' | 'expires'> {
  const exists = secret !== undefined;
  const because = (
    reason: PublicFault,
    message: string,
    expires?: number,
  ): ReturnType<typeof judgePublicCertificate> => ({
    exists,
    fault: { reason, message: `the Secret ${name} ${message}` },
    expires,
  });
  if (secret === undefined) return because('SecretMissing', 'does not exist');
  const found = readPair(secret);
  if (typeof found === 'string') return because('SecretUnusable', found);
  const expires = Date.parse(found.validTo);
  const time = new Date(expires).toISOString();
  if (now >= expires) return because('Expired', `holds a certificate that expired at ${time}`, expires);
  const missing = hosts.filter((host) => !isFor(found, host));
  if (missing.length > 0)
    return because('HostsMissing', `holds a certificate that is not for ${missing.join(', ')}`, expires);
  return { exists, fault: undefined, expires };
}

/** The certificate, or what is wrong with the pair, for people. */
function readPair(secret: Secret): X509Certificate | string {
  const missing = ['tls.crt', 'tls.key'].filter((entry) => secretText(secret, entry) === undefined);
  if (missing.length > 0) return `has no ${missing.join(' and no ')}${wrongType(secret)}`;
  try {
    const certificate = new X509Certificate(secretText(secret, 'tls.crt') ?? '');
    const isWhole = certificate.checkPrivateKey(createPrivateKey(secretText(secret, 'tls.key') ?? ''));
    return isWhole ? certificate : 'holds a key that is not that of its certificate';
  } catch {
    // Whatever does not parse, and the text of a key is in no message.
    return 'holds a certificate or a key that cannot be read as PEM';
  }
}

const TYPE = 'kubernetes.io/tls';

function wrongType({ type = 'Opaque' }: Secret): string {
  return type === TYPE ? '' : `: its type is ${type}, and ${TYPE} is wanted`;
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return found !== undefined;
}
