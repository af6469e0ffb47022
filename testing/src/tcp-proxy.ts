import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections stay open but nothing passes any more, as behind a firewall that lost its table. */
  freeze(): void;
  thaw(): void;
  /** Resets every connection. */
  cut(): void;
  stop(): Promise<void>;
}

/** A proxy on 127.0.0.1 in front of a port there, for tests of what a network does. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    if (isFrozen) socket.pause();
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      hold(from);
      from.on('data', (chunk) => to.write(chunk));
      from.once('error', end);
      from.once('close', end);
    }
    if (isFrozen) upstream.once('connect', () => upstream.pause());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
