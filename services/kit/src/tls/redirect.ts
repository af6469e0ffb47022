import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** First byte of every TLS connection (RFC 8446, 5.1: the content type `handshake`). */
const HANDSHAKE = 22;
/** Who connects and says nothing is let go. */
const SILENCE_MS = 10_000;

/**
 * Answers plain HTTP on a TLS port with 308 to the same address with `https`: a NodePort has no second number for it.
 * Call it before others listen for connections of the server.
 */
export function redirectPlaintext(server: Server): void {
  const secure = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const plain = createServer({ headersTimeout: SILENCE_MS, requestTimeout: SILENCE_MS }, redirect);
  server.on('connection', (socket: Socket) => {
    firstByte(socket, (byte) => {
      if (byte === HANDSHAKE) for (const listener of secure) listener.call(server, socket);
      else plain.emit('connection', socket);
    });
  });
}

/** Looks at the first byte and puts it back. */
function firstByte(socket: Socket, seen: (byte: number) => void): void {
  const abandon = (): void => {
    socket.destroy();
  };
  // A connection that breaks before it says anything concerns nobody.
  socket.on('error', abandon);
  socket.setTimeout(SILENCE_MS, abandon);
  const look = (): void => {
    const data = socket.read(1) as Buffer | null;
    if (data === null) {
      if (!socket.readableEnded && !socket.destroyed) socket.once('readable', look);
      return;
    }
    socket.off('timeout', abandon);
    socket.setTimeout(0);
    socket.unshift(data);
    seen(data[0] ?? 0);
  };
  look();
}

const redirect: RequestListener = (req, res) => {
  const { host = '' } = req.headers;
  const isAddress = /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host);
  const path = req.url?.startsWith('/') ? req.url : '/';
  res.setHeader('connection', 'close');
  if (isAddress) res.writeHead(308, { location: `https://${host}${path}` }).end();
  else res.writeHead(400).end();
};
