import type { RequestHandler } from 'express';
import type { ServiceContext } from '../context.ts';
import { Forbidden } from '../http/errors.ts';
import { peerOf, serviceIn } from '../tls/peer.ts';

export interface ServiceAuth {
  /** Lets in the named services only (any declared caller when none is named). */
  require(...callers: string[]): RequestHandler;
}

/** Tells services apart by the identity in their certificates; only those with a declared edge count. */
export function createServiceAuth({ identity }: Pick<ServiceContext, 'identity'>): ServiceAuth {
  return {
    require(...callers): RequestHandler {
      return (req, _res, next) => {
        const peer = peerOf(req);
        const caller = peer !== undefined && identity.mayCall(peer, 'http') ? serviceIn(peer) : undefined;
        if (caller === undefined) throw new Forbidden('A certificate of a declared caller is needed');
        if (callers.length > 0 && !callers.includes(caller)) throw new Forbidden();
        next();
      };
    },
  };
}
