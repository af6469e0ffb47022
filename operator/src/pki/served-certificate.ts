import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

export interface TlsAddress {
  host: string;
  port: number;
}

/** Milliseconds for a connection and its handshake. */
const TIMEOUT_MS = 5_000;

/** SHA-256 of a certificate in PEM, as `AB:CD:…`. */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** The fingerprint of the certificate that a server shows, valid or not: nothing is sent. @throws the connection's error */
export function servedFingerprint({ host, port }: TlsAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: TIMEOUT_MS });
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error('the server shows no certificate'));
      else resolve(shown.fingerprint256);
    });
    socket.once('timeout', () => socket.destroy(new Error(`no TLS handshake in ${TIMEOUT_MS} ms`)));
    socket.once('error', reject);
  });
}
