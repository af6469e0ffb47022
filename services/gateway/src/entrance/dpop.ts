import { createHash } from 'node:crypto';
import { describeError, HttpProblem } from '@careplane/kit';
import type { Cache, Logger } from '@careplane/kit';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** A proof of possession as it came with a request (RFC 9449). */
export interface Proof {
  readonly proof: string;
  readonly method: string;
  /** The URLs, without query, under which the request may have been sent. */
  readonly urls: readonly string[];
  readonly token: string;
  /** Thumbprint of the key that the token is bound to (`cnf.jkt`). */
  readonly jkt: string;
}

/** Notes that a proof was used; false when it had been before. */
export type Replays = (id: string) => Promise<boolean>;

const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];
/** How old a proof may be, and how far its clock may be off, in seconds. */
const AGE_S = 60;
const SKEW_S = 5;

const claims = z.object({
  jti: z.string().min(1).max(200),
  htm: z.string(),
  htu: z.url(),
  ath: z.string(),
});

/** Refuses a proof that is not for this request, this token and its key, or that was used before. @throws HttpProblem 401 */
export async function verifyProof(proof: Proof, isNew: Replays): Promise<void> {
  const { payload, protectedHeader } = await verified(proof.proof);
  const said = claims.safeParse(payload);
  if (!said.success) throw refused('a claim is missing');
  const { jti, htm, htu, ath } = said.data;
  if (htm !== proof.method) throw refused('it is for another method');
  if (!proof.urls.some((url) => sameTarget(url, htu))) throw refused('it is for another URL');
  if (ath !== sha256(proof.token)) throw refused('it is for another token');
  const jkt = await calculateJwkThumbprint(protectedHeader.jwk ?? {});
  if (jkt !== proof.jkt) throw refused('it is of another key');
  if (!(await isNew(sha256(`${jkt} ${jti}`)))) throw refused('it was used before');
}

/** Used proofs, kept in Redis for all replicas until they are too old; while it is away, by each replica for itself. */
export function createReplays(cache: Cache, logger: Logger): Replays {
  const ttl = (AGE_S + 2 * SKEW_S) * 1_000;
  const own = new LRUCache<string, true>({ max: 100_000, ttl });
  return async (id) => {
    if (own.has(id)) return false;
    own.set(id, true);
    try {
      return (await cache.client.set(`${cache.keyPrefix}dpop:${id}`, '1', 'PX', ttl, 'NX')) === 'OK';
    } catch (error) {
      logger.debug('dpop: Redis is away', describeError(error));
      return true;
    }
  };
}

async function verified(proof: string): ReturnType<typeof jwtVerify> {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ALGORITHMS,
      maxTokenAge: AGE_S,
      clockTolerance: SKEW_S,
    });
  } catch (error) {
    throw refused('it is not valid', error);
  }
}

/** By RFC 3986, 6.2.2 and 6.2.3, without query and fragment (RFC 9449, 4.3). */
function sameTarget(url: string, htu: string): boolean {
  const [here, there] = [new URL(url), new URL(htu)];
  return here.origin === there.origin && here.pathname === there.pathname;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** With the challenge that tells a client what is wanted (RFC 9449, 7.1). */
export function refused(why: string, cause?: unknown): HttpProblem {
  const challenge = `DPoP error="invalid_dpop_proof", algs="${ALGORITHMS.join(' ')}"`;
  return new HttpProblem(401, 'Not authenticated', {
    detail: `The DPoP proof is refused: ${why}`,
    headers: { 'www-authenticate': challenge },
    cause,
  });
}
