import type { RequestHandler } from 'express';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { Forbidden, Unauthorized } from '../http/errors.ts';
import { describeError } from '../observe/describe-error.ts';
import { bearerToken, isTokenFault } from './bearer.ts';

/** The audience of the projected tokens (docs/concepts/contracts.md). */
export const INTERNAL_AUDIENCE = 'careplane.dev/internal';

export interface ServiceAuth {
  /** Lets in the named services only (any declared caller when none is named). */
  require(...callers: string[]): RequestHandler;
}

/** The binding changes rarely (keys or edges); reading it at most this often keeps requests off the file system. */
const REREAD_MS = 10_000;

interface Trust {
  readonly binding: Binding<'careplane-internal'>;
  readonly keys: JWTVerifyGetKey;
}

/**
 * Verifies internal tokens: projected service-account tokens of services that declare a `calls` edge to this one. A binding
 * that cannot be read leaves the last one in use.
 */
export function createServiceAuth(
  ctx: Pick<ServiceContext, 'bindings' | 'namespace' | 'logger'>,
  now: () => number = Date.now,
): ServiceAuth {
  let cached: Trust | undefined;
  let readAt = 0;
  const read = (): Trust => {
    const binding = ctx.bindings.read('careplane-internal');
    return { binding, keys: createLocalJWKSet(binding['jwks.json']) };
  };
  const current = (): Trust => {
    if (cached && now() - readAt <= REREAD_MS) return cached;
    readAt = now();
    try {
      cached = read();
    } catch (error) {
      if (!cached) throw error;
      ctx.logger.warn('internal binding: not readable, the last one stays', describeError(error));
    }
    return cached;
  };
  return {
    require(...callers): RequestHandler {
      return async (req, _res, next) => {
        const { binding, keys } = current();
        const caller = callerOf(await subject(bearerToken(req), binding.issuer, keys), ctx.namespace);
        const declared = caller !== undefined && binding['callers.json'].includes(caller);
        if (!declared || (callers.length > 0 && !callers.includes(caller))) throw new Forbidden();
        next();
      };
    },
  };
}

async function subject(token: string, issuer: string, keys: JWTVerifyGetKey): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: INTERNAL_AUDIENCE,
      algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: 5,
    });
    return payload.sub ?? '';
  } catch (error) {
    if (isTokenFault(error)) throw new Unauthorized(undefined, error);
    throw error;
  }
}

/** The service of a subject `system:serviceaccount:<namespace>:<caller>` of this namespace. */
function callerOf(sub: string, namespace: string): string | undefined {
  const prefix = `system:serviceaccount:${namespace}:`;
  return sub.startsWith(prefix) ? sub.slice(prefix.length) : undefined;
}
