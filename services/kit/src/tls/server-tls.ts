import type { SecureContextOptions } from 'node:tls';
import type { z } from 'zod';
import { ConfigError } from '../config.ts';
import type { encryption } from '../config.ts';
import { secureOptions } from './credentials.ts';
import type { Identity } from './identity.ts';

/** Who is let in at a port: `Mutual` callers with a certificate, `Public` anybody, both over TLS; `Plaintext` anybody without. */
export type Encryption = z.infer<typeof encryption>;

/** The TLS of a listening port. */
export interface ServerTls {
  /** The certificate as it is now. */
  options(): SecureContextOptions;
  /** Only clients whose certificate the platform's authority has signed finish the handshake. */
  readonly isMutual: boolean;
  onChange(changed: () => void): void;
}

/** The TLS of a port with this encryption; undefined for Plaintext. @throws ConfigError where no certificate is mounted */
export function serverTls(identity: Identity, wanted: Encryption): ServerTls | undefined {
  if (wanted === 'Plaintext') return undefined;
  const own = (): SecureContextOptions => {
    const credentials = identity.credentials();
    if (credentials === undefined) throw new ConfigError('TLS is wanted, and no certificate is mounted');
    return secureOptions(credentials);
  };
  own();
  const isMutual = wanted === 'Mutual';
  const outside = (): SecureContextOptions => {
    const pair = identity.publicPair();
    return pair === undefined ? own() : secureOptions(pair);
  };
  return {
    options: isMutual ? own : outside,
    isMutual,
    onChange: (changed) => {
      identity.onChange(changed);
    },
  };
}
