import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RunningS3 } from '@careplane/testing';
import { Agent, request } from 'undici';

/**
 * - `half`: the connection breaks after so many bytes of the answer
 * - `lost`: the server does what it is asked, and the connection breaks before it says so
 * - `flipped`: a bit of what is sent arrives as another one
 * - `busy`: 503 SlowDown
 */
export type Fault = 'half' | 'lost' | 'flipped' | 'busy';

/** Stands between a client and a server of S3, with the server's certificate. */
export interface FaultyS3 {
  readonly url: string;
  /** `GET /bucket/key?query`, as they came. */
  readonly requests: string[];
  /** Does this to the next requests that match, one after the other. */
  next(pattern: RegExp, ...faults: readonly Fault[]): void;
  stop(): Promise<void>;
}

const HALF_BYTES = 300_000;

export async function startFaultyS3(server: RunningS3): Promise<FaultyS3> {
  const { certificate: cert, key } = server.certificates;
  const dispatcher = new Agent({ connect: { ca: server.ca } });
  const planned: { readonly pattern: RegExp; readonly fault: Fault }[] = [];
  const requests: string[] = [];
  const faultOf = (line: string): Fault | undefined => {
    const at = planned.findIndex(({ pattern }) => pattern.test(line));
    return at < 0 ? undefined : planned.splice(at, 1)[0]?.fault;
  };
  const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', socket } = req;
    requests.push(`${method} ${url}`);
    const fault = faultOf(`${method} ${url}`);
    const body = await buffer(req);
    if (fault === 'busy') {
      res.writeHead(503, { 'content-type': 'application/xml' });
      res.end('<Error><Code>SlowDown</Code></Error>');
      return;
    }
    if (fault === 'flipped') flip(body);
    const answer = await request(new URL(url, server.url), {
      ...{ method: method as 'GET', headers: signedHeaders(req), dispatcher },
      body: body.length > 0 ? body : null,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (fault === 'lost') {
      socket.destroy();
      return;
    }
    res.writeHead(answer.statusCode, answer.headers);
    if (fault !== 'half') res.end(bytes);
    else res.write(bytes.subarray(0, HALF_BYTES), () => socket.destroy());
  };
  const proxy = createServer({ cert, key }, (req, res) => {
    pass(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`,
    requests,
    next(pattern, ...faults): void {
      for (const fault of faults) planned.push({ pattern, fault });
    },
    async stop(): Promise<void> {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await dispatcher.close();
    },
  };
}

/** With the name of the host that the client has signed. */
function signedHeaders(req: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(req.headers).flatMap(([name, value]) =>
      value === undefined || name === 'connection' ? [] : [[name, value]],
    ),
  );
}

/** A bit in the middle. */
function flip(bytes: Buffer): void {
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}
