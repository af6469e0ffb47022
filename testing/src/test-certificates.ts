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

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A throw-away authority and one server certificate, good for a day. */
export async function testCertificates(): Promise<TestCertificates> {
  const crypto = webcrypto;
  const authority = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const server = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + DAY_MS);
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=careplane test authority',
      keys: authority,
      signingAlgorithm: ALGORITHM,
      notBefore,
      notAfter,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    },
    crypto,
  );
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=localhost',
      issuer: ca.subject,
      publicKey: server.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: ALGORITHM,
      notBefore,
      notAfter,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ],
    },
    crypto,
  );
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', server.privateKey);
  return {
    ca: ca.toString('pem'),
    certificate: certificate.toString('pem'),
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  };
}
