import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A service's address in front of its pods, as kube-proxy makes it: a connection goes to one of them and stays there. */
export interface Balancer {
  readonly url: string;
  add(port: number): void;
  /** New connections go there no more; open ones stay. */
  remove(port: number): void;
  stop(): void;
}

/** A balancer without a pod. */
export async function startBalancer(): Promise<Balancer> {
  const ports: number[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  const hold = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const port = ports[(turn += 1) % ports.length];
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const pod = hold(connect(port, '127.0.0.1'));
    hold(client).pipe(pod).pipe(client);
    client.once('error', () => pod.destroy());
    pod.once('error', () => client.resetAndDestroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    add: (port) => void ports.push(port),
    remove: (port) => void ports.splice(ports.indexOf(port), 1),
    stop(): void {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
