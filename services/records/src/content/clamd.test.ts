import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@careplane/kit';
import { clamdScanner } from './clamd.ts';

/** Speaks INSTREAM as clamd does: finds EICAR, and has a limit of its own. */
function fakeClamd(socket: Socket, limit: number): void {
  let bytes = Buffer.alloc(0);
  let content = Buffer.alloc(0);
  let isBegun = false;
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece as Buffer]);
    if (!isBegun) {
      const end = bytes.indexOf(0);
      if (end < 0) return;
      if (bytes.subarray(0, end).toString() !== 'zINSTREAM') socket.end('UNKNOWN COMMAND\0');
      bytes = bytes.subarray(end + 1);
      isBegun = true;
    }
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const length = bytes.readUInt32BE(0);
      if (length === 0) {
        socket.end(content.includes('EICAR') ? 'stream: Eicar-Signature FOUND\0' : 'stream: OK\0');
        return;
      }
      content = Buffer.concat([content, bytes.subarray(4, 4 + length)]);
      bytes = bytes.subarray(4 + length);
      if (content.length > limit) {
        socket.end('INSTREAM size limit exceeded. ERROR\0');
        return;
      }
    }
  });
}

describe('clamd', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const listen = async (serve: (socket: Socket) => void): Promise<number> => {
    const server = createServer(serve);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const scan = (port: number, pieces: readonly (string | Buffer)[], idleMs = 60_000) =>
    clamdScanner({ host: '127.0.0.1', port, idleMs }).scan(stream(pieces));
  const real = (limit = 10_000_000): Promise<number> =>
    listen((socket) => {
      fakeClamd(socket, limit);
    });

  it('finds what is in pieces, also in one that an empty one is before', async () => {
    expect(await scan(await real(), ['a ', '', 'text'])).toEqual({ isClean: true });
    expect(await scan(await real(), [])).toEqual({ isClean: true });
    expect(await scan(await real(), ['a EI', '', 'CAR b'])).toEqual({
      isClean: false,
      found: 'Eicar-Signature',
    });
  });

  it('takes a large content at its own pace', async () => {
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(65_536));
    expect(await scan(await real(), pieces)).toEqual({ isClean: true });
  });

  it.each<[string, (socket: Socket) => void]>([
    [
      'has a limit that is smaller',
      (socket) => {
        fakeClamd(socket, 10);
      },
    ],
    ['says something else', (socket) => socket.end('COMMAND READ TIMED OUT\0')],
    ['ends the connection', (socket) => socket.destroy()],
    ['says nothing', () => undefined],
    ['says that something else is clean', (socket) => socket.end('file: OK\0')],
  ])('is no proof when it %s', async (_, serve) => {
    const port = await listen(serve);
    await expect(scan(port, [Buffer.alloc(1_000), Buffer.alloc(1_000)], 200)).rejects.toThrow(Unavailable);
  });

  it('is no proof when it is not there', async () => {
    const port = await listen(() => undefined);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(scan(port, ['a'])).rejects.toThrow(Unavailable);
  });
});

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* stream(pieces: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}
