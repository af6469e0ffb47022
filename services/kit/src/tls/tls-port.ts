import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { ServiceContext } from '../context.ts';
import { peerId } from './peer.ts';
import { serverTls } from './server-tls.ts';

/**
 * A server for a port beside http that speaks something else over TLS: hands over the connections of services with a declared edge
 * to the port, and ends all others. Follows the certificate. Not listening yet.
 */
export function createTlsPort(
  ctx: Pick<ServiceContext, 'identity' | 'logger'>,
  port: string,
  connected: (socket: TLSSocket) => void,
): Server {
  const tls = serverTls(ctx.identity, 'Mutual');
  const server = createServer(
    { ...tls?.options(), requestCert: true, rejectUnauthorized: true },
    (socket) => {
      const peer = peerId(socket);
      if (peer !== undefined && ctx.identity.mayCall(peer, port)) {
        connected(socket);
        return;
      }
      ctx.logger.warn('connection refused: no declared call', { port, peer });
      socket.destroy();
    },
  );
  tls?.onChange(() => {
    server.setSecureContext(tls.options());
  });
  return server;
}
