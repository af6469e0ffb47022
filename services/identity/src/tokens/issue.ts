import { randomUUID } from 'node:crypto';
import { USER_AUDIENCE } from '@careplane/kit';
import { SignJWT } from 'jose';
import { SIGNING_ALGORITHM } from '../keys/signing-keys.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import type { Subject } from './login.ts';

/** An access token as the contract describes it (docs/concepts/contracts.md, Calls between services). */
export function issueToken(
  subject: Subject,
  signer: SigningKey,
  options: { readonly issuer: string; readonly ttlSeconds: number },
): Promise<string> {
  return new SignJWT({ role: subject.role })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: signer.kid, typ: 'JWT' })
    .setIssuer(options.issuer)
    .setAudience(USER_AUDIENCE)
    .setSubject(subject.sub)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${String(options.ttlSeconds)}s`)
    .sign(signer.privateKey);
}
