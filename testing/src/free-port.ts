import { createServer } from 'node:net';

/**
 * Ports below those that Linux gives to outgoing connections (ip_local_port_range, from 32768 on) and below NodePorts: whoever asks
 * for a port needs a while until it listens there, and no connection may get it meanwhile.
 */
const [LOWEST, HIGHEST] = [12_000, 29_999];

/** Each is tried once in the life of this process. */
const given = new Set<number>();

/** A TCP port that was free on 127.0.0.1 a moment ago. Other processes that ask at the same time begin somewhere else. */
export async function freePort(): Promise<number> {
  const count = HIGHEST - LOWEST + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const port = LOWEST + ((start + step) % count);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${LOWEST} to ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
