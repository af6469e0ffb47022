import type { RequestHandler } from 'express';
import { Forbidden } from '../http/errors.ts';
import type { Identity } from './identity.ts';
import { peerOf } from './peer.ts';

/**
 * Lets in requests of services with a declared edge to the http port of this one, as the binding says at that moment:
 * an edge that is taken back ends also what comes over open connections.
 */
export function onlyCallers(identity: Pick<Identity, 'mayCall'>, service: string): RequestHandler {
  return (req, _res, next) => {
    const peer = peerOf(req);
    if (peer === undefined || !identity.mayCall(peer, 'http'))
      throw new Forbidden(`${peer ?? 'The caller'} declares no call to ${service}`);
    next();
  };
}
