import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface CertificateRequest {
  /** Kubernetes' user name. */
  commonName: string;
  /** Kubernetes' groups. */
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
}

export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS#8. */
  key: string;
}

export interface ClusterPki {
  /** PEM of the authority. */
  readonly ca: string;
  issue(request: CertificateRequest): Promise<KeyPair>;
  /** PEM (SPKI) and PEM (PKCS#8) for signing service account tokens. */
  readonly serviceAccounts: { publicKey: string; privateKey: string };
}

/** A throw-away authority for one control plane, good for a day. */
export async function createClusterPki(): Promise<ClusterPki> {
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + DAY_MS) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=careplane test cluster',
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    },
    webcrypto,
  );
  const signing = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return {
    ca: ca.toString('pem'),
    serviceAccounts: {
      publicKey: x509.PemConverter.encode(await subtle.exportKey('spki', signing.publicKey), 'PUBLIC KEY'),
      privateKey: await privatePem(signing.privateKey),
    },
    issue: async (request) => {
      const own = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create(
        {
          subject: subjectOf(request),
          issuer: ca.subject,
          publicKey: own.publicKey,
          signingKey: keys.privateKey,
          signingAlgorithm: ALGORITHM,
          ...validity,
          extensions: extensionsOf(request),
        },
        webcrypto,
      );
      return { certificate: certificate.toString('pem'), key: await privatePem(own.privateKey) };
    },
  };
}

function subjectOf({ commonName, organizations = [] }: CertificateRequest): string {
  return [...organizations.map((name) => `O=${name}`), `CN=${commonName}`].join(', ');
}

function extensionsOf({ dnsNames = [], ipAddresses = [] }: CertificateRequest): x509.Extension[] {
  const usage = new x509.ExtendedKeyUsageExtension([
    x509.ExtendedKeyUsage.clientAuth,
    x509.ExtendedKeyUsage.serverAuth,
  ]);
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...ipAddresses.map((value) => ({ type: 'ip', value }) as const),
  ];
  return names.length === 0 ? [usage] : [usage, new x509.SubjectAlternativeNameExtension(names)];
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
