import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificates {
  /** PEM of the certificate authority. */
  ca: string;
  /** PEM of the server's certificate, valid for localhost and 127.0.0.1. */
  certificate: string;
  /** PEM (PKCS#8) of the server's key. */
  key: string;
}

/** What a certificate of a test says besides localhost and 127.0.0.1. */
export interface TestCertificateRequest {
  /** As SPIFFE IDs. */
  uris?: readonly string[];
  /** How long it is good, in milliseconds; a day when absent, and negative for one that has expired. */
  lifetimeMs?: number;
}

/** A throw-away authority. */
export interface TestAuthority {
  /** PEM. */
  ca: string;
  issue(request?: TestCertificateRequest): Promise<Omit<TestCertificates, 'ca'>>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** An authority that is good for a day. */
export async function testAuthority(name = 'careplane test authority'): Promise<TestAuthority> {
  const keys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(Date.now() - HOUR_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    },
    webcrypto,
  );
  return {
    ca: ca.toString('pem'),
    async issue({ uris = [], lifetimeMs = DAY_MS } = {}) {
      const own = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create(
        {
          subject: 'CN=localhost',
          issuer: ca.subject,
          publicKey: own.publicKey,
          signingKey: keys.privateKey,
          signingAlgorithm: ALGORITHM,
          notBefore: new Date(Date.now() - HOUR_MS),
          notAfter: new Date(Date.now() + lifetimeMs),
          extensions: [
            new x509.SubjectAlternativeNameExtension([
              { type: 'dns', value: 'localhost' },
              { type: 'ip', value: '127.0.0.1' },
              ...uris.map((value) => ({ type: 'url' as const, value })),
            ]),
          ],
        },
        webcrypto,
      );
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return {
        certificate: certificate.toString('pem'),
        key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
      };
    },
  };
}

/** A throw-away authority and one server certificate, good for a day. */
export async function testCertificates(): Promise<TestCertificates> {
  const authority = await testAuthority();
  return { ca: authority.ca, ...(await authority.issue()) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
